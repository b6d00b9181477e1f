{% macro kept_content(columns, alias, emptied) -%}
    {%- for column in columns -%}
        {%- if column in emptied -%}
            case when not coalesce({{ emptied[column] }}, false) then {{ alias }}.{{ adapter.quote(column) }} end
        {%- else -%}
            {{ alias }}.{{ adapter.quote(column) }}
        {%- endif -%}
        {{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
