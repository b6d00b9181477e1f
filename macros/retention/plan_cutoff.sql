{% macro plan_cutoff(rule, as_of, holds, step=none, after=none) -%}
    {#- The time before which a row goes, and whether a later step goes further. -#}
    {%- set real = cutoff(as_of, rule.interval) if rule.interval
        else raw_cutoff(rule.stream, as_of) if rule.keep == 'while_in_source' else none -%}
    {%- if not step or not real or rule.layer not in ['source', 'staging'] -%}
        {%- do return({'cutoff': real, 'goes_on': false}) -%}
    {%- endif -%}
    {#- From the oldest row that no step before this one has tried, so that a
        step is never empty, and each is later than the last. -#}
    {%- set sweep = retention_sweeps(rule, real, holds)[0] -%}
    {%- set clock = clock_as_utc(rule.node, rule.clock, 'leaving') -%}
    {%- set found = run_query(
        "with tried as (
            select max(cutoff) as until
            from " ~ retention_table('plan') ~ "
            where digest = '" ~ (after or '') | replace("'", "''") ~ "'
            and rule = '" ~ rule.id ~ "'
        ),

        oldest as (
            select min(" ~ clock ~ ") at time zone 'UTC' as found_at
            from " ~ sweep.walk ~ " as leaving
            where " ~ sweep.eligible ~ "
            and isfinite(" ~ clock ~ ")
            and " ~ clock ~ " >= coalesce(
                (select until from tried), '-infinity'
            )
        ),

        this_step as (
            select least(
                " ~ real ~ ",
                (found_at + interval '" ~ step ~ "') at time zone 'UTC'
            ) as until
            from oldest
        )

        select until::text, until < " ~ real ~ " from this_step"
    ).rows[0] -%}
    {%- do return({
        'cutoff': "'" ~ found[0] ~ "'::timestamptz", 'goes_on': found[1],
    }) -%}
{%- endmacro %}
