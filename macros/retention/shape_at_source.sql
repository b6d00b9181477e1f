{% macro shape_at_source(stream) -%}
    {#- What the table works out by itself is worked out again. -#}
    {%- set shape = {'columns': [], 'missing': []} -%}
    {%- for row in run_query(
        "select
            original.attname,
            exists (
                select from pg_attribute as copy
                where copy.attrelid = to_regclass('"
                    ~ node_relation(stream.raw).include(database=false) ~ "')
                and copy.attname = original.attname
                and copy.atttypid = original.atttypid
                and not copy.attisdropped
            )
        from pg_attribute as original
        where original.attrelid = to_regclass('"
            ~ node_relation(stream.source).include(database=false) ~ "')
        and original.attnum > 0
        and not original.attisdropped
        and original.attgenerated = ''
        order by original.attname"
    ).rows -%}
        {%- do shape.columns.append(row[0]) -%}
        {%- if not row[1] -%}
            {%- do shape.missing.append(row[0]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(shape) -%}
{%- endmacro %}
