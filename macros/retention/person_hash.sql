{% macro person_hash(column) -%}
    {#- Of one kind for every identifier, and of no column of staging: what a
        hold keeps joins nothing there. -#}
    {{ hash_pii(column ~ '::text', 'person on hold') }}
{%- endmacro %}
