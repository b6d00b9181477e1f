{% macro is_connected(source) -%}
    {%- do return(run_query(
        "select exists (
            select from pg_class
            where oid = to_regclass('" ~ node_relation(source).include(database=false)
            ~ "') and relkind = 'f'
        )"
    ).rows[0][0]) -%}
{%- endmacro %}
