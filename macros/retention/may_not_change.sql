{% macro may_not_change(source) -%}
    {#- Whether it lets go of rows or puts them back. -#}
    {%- if target.name not in var('retention_targets') -%}
        {%- do return(
            'Target ' ~ target.name ~ ' lets go of nothing; only '
            ~ var('retention_targets') | join(' and ') ~ ' may.'
        ) -%}
    {%- endif -%}
    {%- if not run_query(
        "select exists (
            select from " ~ retention_table('source') ~ "
            where source = '" ~ source.source_name ~ "' and claimed_at is not null
        )"
    ).rows[0][0] -%}
        {%- do return(
            'This warehouse has not claimed ' ~ source.source_name
            ~ ': run `dbt run-operation init` (one warehouse per source).'
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
