{% macro declared_capture(node) -%}
    {#- The linter asks, so what is declared may be anything. -#}
    {%- set capture = node.config.meta.get('capture') -%}
    {%- do return(capture if capture is mapping else {}) -%}
{%- endmacro %}
