{% macro row_digest(stream, columns, alias) -%}
    {#- In binary, since a text depends on the session; keyed, since a row can be
        guessed. -#}
    encode(substring(sha256(
        convert_to((select key from {{ generate_schema_name('pii') }}.memory_key)
            || '{{ stream.name }}', 'UTF8')
        || record_send(row({{ quoted_key(columns, alias) }}))
    ) for 16), 'hex')::uuid
{%- endmacro %}
