{% macro readers_of() -%}
    {%- set readers = {} -%}
    {%- for node in graph.nodes.values()
        if node.resource_type in ['model', 'seed', 'snapshot'] -%}
        {%- for parent in node.depends_on.nodes -%}
            {%- do readers.setdefault(parent, []).append(node) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(readers) -%}
{%- endmacro %}
