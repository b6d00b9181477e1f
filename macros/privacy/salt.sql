{% macro salt() -%}
    {#- By scalar subquery: read once per query, and in no SQL text. -#}
    (
        select current_salt.salt
        from {{ generate_schema_name('pii') }}.salt as current_salt
        where current_salt.retired_at is null
    )
{%- endmacro %}
