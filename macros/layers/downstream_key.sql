{% macro downstream_key(node) -%}
    {#- A key that must not reach staging as it is has a salted hash beside it in
        raw, `_key`: who lets go of rows need not know the salt. -#}
    {%- do return(['_key'] if '_key' in node.columns else node.config.unique_key) -%}
{%- endmacro %}
