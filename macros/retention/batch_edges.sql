{% macro batch_edges(key) -%}
    {#- What batch_range names $1, $2, ...: the first row's clock and key, then the
        last row's. -#}
    {%- set values = [] -%}
    {%- for edge in ['batch_from', 'batch_to'] -%}
        {%- do values.append(edge ~ '.clock') -%}
        {%- for column in key -%}
            {%- do values.append(edge ~ '.key_' ~ loop.index) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ values | join(', ') }}
{%- endmacro %}
