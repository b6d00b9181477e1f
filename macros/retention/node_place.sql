{% macro node_place(node) -%}
    {%- if node.resource_type == 'source' -%}
        {%- do return(
            node.original_file_path ~ ': ' ~ node.source_name ~ '.' ~ node.name
        ) -%}
    {%- endif -%}
    {%- set file = (node.patch_path or node.original_file_path) -%}
    {%- do return(file.split('://') | last ~ ': ' ~ node.name) -%}
{%- endmacro %}
