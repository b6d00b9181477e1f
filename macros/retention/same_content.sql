{% macro same_content(raw, copy_alias, original_alias) -%}
    {#- Every captured column; the raw ones are named as the source's. A column
        of another type at the source is compared as raw's. -#}
    {%- set columns = raw.columns | reject('in', ['_extracted_at', '_clock', '_key']) | list -%}
    ({{ quoted_key(columns, copy_alias) }}) is not distinct from (
        {%- for column in columns -%}
            {{ original_alias }}.{{ adapter.quote(column) }}::{{ raw.columns[column].data_type }}
            {{- ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
