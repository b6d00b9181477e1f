{% macro letting_go_speeds() -%}
    {#- Rows a second of each rule, and of each layer, in its last batches. -#}
    {%- set speeds = {} -%}
    {%- for row in run_query(
        "select
            coalesce(rule, layer),
            (sum(rows) / greatest(sum(extract(epoch from took)), 0.001))::float8
        from (
            select rule, layer, rows, took
            from " ~ retention_table('ledger') ~ "
            where outcome <> 'put back'
            order by entry desc
            limit 10000
        ) as batches
        where rows > 0
        group by grouping sets ((rule), (layer))"
    ).rows -%}
        {%- do speeds.update({row[0]: row[1] | float}) -%}
    {%- endfor -%}
    {%- do return(speeds) -%}
{%- endmacro %}
