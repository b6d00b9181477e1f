{% macro missing_table(nodes) -%}
    {%- set asked = nodes | select | list -%}
    {%- set there = existing_tables(asked) -%}
    {%- for node in asked if node not in there -%}
        {%- set relation = node_relation(node).include(database=false) -%}
        {%- do return(
            'The source table ' ~ relation ~ ' is not in database '
            ~ target.dbname ~ ': point the var `' ~ node.source_name
            ~ '_schema` at the schema that holds it, connect its own database with'
            ~ ' `warehouse connect ' ~ node.source_name ~ '`, or make demo tables with'
            ~ ' `dbt run-operation create_demo_sources`.'
            if node.resource_type == 'source' else
            relation ~ ' is not in database ' ~ target.dbname
            ~ ' yet: run `dbt build` first.'
        ) -%}
    {%- endfor -%}
    {%- do return(none) -%}
{%- endmacro %}
