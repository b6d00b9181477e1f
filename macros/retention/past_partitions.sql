{% macro past_partitions(relation, as_of) -%}
    {#- By their real bounds, from the catalogue: one may be wider than its name
        says. The default partition has none, and takes rows at any time. -#}
    {%- set rows = run_query(
        "select n.nspname, c.relname
        from pg_inherits as i
        inner join pg_class as c on c.oid = i.inhrelid
        inner join pg_namespace as n on n.oid = c.relnamespace
        where i.inhparent = to_regclass('" ~ relation.include(database=false) ~ "')
        and substring(
            pg_get_expr(c.relpartbound, c.oid) from 'TO \\(''([^'']*)''\\)'
        )::timestamptz <= " ~ as_of ~ "
        order by 1, 2"
    ).rows -%}
    {%- set partitions = [] -%}
    {%- for row in rows -%}
        {%- do partitions.append(relation.incorporate(
            path={'schema': row[0], 'identifier': row[1]}
        )) -%}
    {%- endfor -%}
    {%- do return(partitions) -%}
{%- endmacro %}
