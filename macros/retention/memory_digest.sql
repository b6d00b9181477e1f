{% macro memory_digest(stream, node, alias) -%}
    {#- Keyed, since a key can be guessed; of a timestamp its number, since its
        text depends on the session. -#}
    {%- set parts = ["'" ~ stream.name ~ "'"] -%}
    {%- for column in stream.source.config.meta.capture.key -%}
        {%- set value = alias ~ '.' ~ adapter.quote(column) -%}
        {%- if node.columns[column].data_type.startswith('time')
            or node.columns[column].data_type == 'date' -%}
            {%- set value = 'extract(epoch from ' ~ value ~ ')' -%}
        {%- endif -%}
        {%- do parts.append(value ~ '::text') -%}
    {%- endfor -%}
    encode(substring(sha256(convert_to(
        (select key from {{ generate_schema_name('pii') }}.memory_key)
        || jsonb_build_array({{ parts | join(', ') }})::text, 'UTF8'
    )) for 16), 'hex')::uuid
{%- endmacro %}
