{% macro dblink(name) -%}
    {#- An extension is in the schema that an administrator gave it. -#}
    {%- do return(run_query(
        "select quote_ident(nspname) from pg_extension as e
        inner join pg_namespace as n on n.oid = e.extnamespace
        where extname = 'dblink'"
    ).rows[0][0] ~ '.dblink' ~ ('_' ~ name if name else '')) -%}
{%- endmacro %}
