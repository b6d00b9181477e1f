{% macro drop_partitions(rule, holds, batch) -%}
    {#- Returns how many rows went so. One that is in somebody's way, or of which
        some rows must stay, is left to the batches. -#}
    {%- set ns = namespace(gone=0) -%}
    {%- for partition in past_partitions(rule.relation, batch.as_of) -%}
        {%- set sweep = raw_sweep(rule, batch.cutoff, holds, false) -%}
        {#- Most have a row that stays, and mostly it is the newest. -#}
        {%- if run_query(
            'select exists (select from (select * from ' ~ partition ~ ' order by '
            ~ adapter.quote(rule.clock) ~ ' desc limit 1) as leaving where true '
            ~ sweep.proof ~ ')'
        ).rows[0][0] -%}
            {%- do run_query(drop_partition(rule, sweep, partition, dict(
                batch, holds=holds | map(attribute='hold_id') | join(','),
                allowed=batch.allowed - ns.gone,
            ))) -%}
            {%- if run_query(
                "select to_regclass('" ~ partition.include(database=false)
                ~ "') is null"
            ).rows[0][0] -%}
                {%- set ns.gone = ns.gone + run_query(
                    "select rows from " ~ retention_table('ledger') ~ "
                    where run_id = '" ~ batch.run_id ~ "'
                    and rule = '" ~ rule.id ~ "'
                    order by entry desc limit 1"
                ).rows[0][0] | int -%}
                {%- do log(
                    partition.identifier ~ ' was dropped whole.', info=true
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(ns.gone) -%}
{%- endmacro %}
