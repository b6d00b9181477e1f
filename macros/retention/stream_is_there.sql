{% macro stream_is_there(stream) -%}
    {%- set relation = node_relation(stream.source).include(database=false) -%}
    {%- do return(
        run_query("select to_regclass('" ~ relation ~ "') is not null").rows[0][0]
    ) -%}
{%- endmacro %}
