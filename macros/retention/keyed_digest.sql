{% macro keyed_digest(parts) -%}
    {#- Keyed, since what it is made of can be guessed. -#}
    encode(substring(sha256(convert_to(
        (select key from {{ generate_schema_name('pii') }}.memory_key)
        || jsonb_build_array({{ parts | join(', ') }})::text, 'UTF8'
    )) for 16), 'hex')::uuid
{%- endmacro %}
