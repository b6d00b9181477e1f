{% macro retention_table(name) -%}
    {%- do return(generate_schema_name('retention') ~ '.' ~ name) -%}
{%- endmacro %}
