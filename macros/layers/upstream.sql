{% macro upstream() -%}
    {%- set id = model.depends_on.nodes[0] -%}
    {%- set parent = graph.sources.get(id) or graph.nodes.get(id) -%}
    {%- do return({
        'node': parent,
        'relation': node_relation(parent),
        'name': adapter.quote(node_relation(parent).identifier),
        'key': parent.config.meta.capture.key
            if parent.resource_type == 'source' else downstream_key(parent),
        'columns': parent.columns | list,
    }) -%}
{%- endmacro %}
