{% macro node_relation(node) -%}
    {%- do return(api.Relation.create(
        database=node.database,
        schema=node.schema,
        identifier=node.get('identifier') or node.alias,
    )) -%}
{%- endmacro %}
