{% macro type_read_as_text() -%}
    {#- The comment by which a type that we made is known. -#}
    {%- do return('A type of an application that is in a database of its own.') -%}
{%- endmacro %}
