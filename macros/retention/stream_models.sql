{% macro stream_models(stream) -%}
    {#- Layer by layer, in the order in which a row goes. -#}
    {%- set models = [stream.raw, stream.staging] + stream.rollups + stream.kept -%}
    {%- do return(models | select | list) -%}
{%- endmacro %}
