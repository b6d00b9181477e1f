{% macro catalog_columns() -%}
    {#- What is read of the source's own catalogue. -#}
    {%- do return({
        'database': 'oid oid, datname name',
        'namespace': 'oid oid, nspname name',
        'class': 'oid oid, relname name, relnamespace oid',
        'attribute': 'attrelid oid, attname name, atttypid oid, atttypmod integer,'
            ~ ' attisdropped boolean',
    }) -%}
{%- endmacro %}
