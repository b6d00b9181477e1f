{% macro hash_pii(column, kind) -%}
    {#- An email is hashed as it is (P4); every other identifier carries its
        kind, so that a phone never equals an email. -#}
    encode(sha256(convert_to(
        {% if kind != 'email' %}'{{ kind }}:' || {% endif -%}
        {{ normalize_pii(column) }} || {{ salt() }},
        'UTF8'
    )), 'hex')
{%- endmacro %}
