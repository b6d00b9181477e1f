{% macro check_source_columns(source) -%}
    {%- set declared = {} -%}
    {%- for column in source.columns.values() if column.data_type -%}
        {%- do declared.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- set there = {} -%}
    {%- for row in run_query(
        "select
            attname,
            format_type(atttypid, atttypmod),
            -- Under whatever name: timestamptz is as good as the long one.
            to_regtype($declared$" ~ tojson(declared) ~ "$declared$::jsonb
                ->> attname::text) = atttypid
        from pg_attribute
        where attrelid = '" ~ node_relation(source).include(database=false)
        ~ "'::regclass
        and attnum > 0 and not attisdropped
        order by attnum"
    ).rows -%}
        {%- do there.update({row[0]: row}) -%}
    {%- endfor -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- for column in source.columns.values() -%}
        {%- if column.name not in there -%}
            {%- do exceptions.raise_compiler_error(
                node_place(source) ~ ' declares a column `' ~ column.name
                ~ '` that the table has not: if the application dropped it, take it'
                ~ ' out there and in the raw model; the rest goes on meanwhile.'
            ) -%}
        {%- elif column.data_type and not there[column.name][2] -%}
            {%- do exceptions.raise_compiler_error(
                node_place(source) ~ ': columns.' ~ column.name ~ '.data_type is `'
                ~ column.data_type ~ '`, but the table has `' ~ there[column.name][1]
                ~ '`: if the application changed it, write the new type there, and'
                ~ ' see that the raw model casts it to the type it keeps.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for column in there if column not in source.columns -%}
        {%- do log(
            name ~ ' has a column `' ~ column ~ '` (' ~ there[column][1]
            ~ ') that nobody has declared, so it is not copied; it looks like `pii: '
            ~ guess_kind(column) ~ '`: add it in ' ~ source.original_file_path ~ '.',
            info=true
        ) -%}
    {%- endfor -%}
{%- endmacro %}
