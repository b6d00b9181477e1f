{% macro random_secret() -%}
    {#- Three random uuids are 366 random bits, and need no extension. -#}
    encode(sha256(convert_to(
        gen_random_uuid()::text || gen_random_uuid()::text
        || gen_random_uuid()::text, 'UTF8'
    )), 'hex')
{%- endmacro %}
