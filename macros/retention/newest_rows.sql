{% macro newest_rows() -%}
    {#- Read from staging, which keeps its rows longest; named without a ref,
        for a mart may not copy staging rows, and these SELECTs copy none. -#}
    {%- set selects = [] -%}
    {%- set streams = streams() | selectattr('staging') | list if execute else [] -%}
    {%- set there = existing_tables(streams | map(attribute='staging') | list) -%}
    {%- for stream in streams if stream.staging in there -%}
        {%- set clock = '_clock' if stream.kind == 'event' else '_version_at' -%}
        {%- do selects.append(
            "select '" ~ stream.source.source_name ~ "'::text as source_name, '"
            ~ stream.source.name ~ "'::text as table_name, '"
            ~ stream.raw.alias ~ "'::text as raw_relation, (select max(" ~ clock
            ~ ") from " ~ node_relation(stream.staging) ~ ") as newest_row_at"
        ) -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') or
        'select null::text as source_name, null::text as table_name,'
        ~ ' null::text as raw_relation, null::timestamptz as newest_row_at'
        ~ ' where false' }}
{%- endmacro %}
