{% macro missing_table(nodes) -%}
    {%- for node in nodes if node -%}
        {%- set relation = node_relation(node).include(database=false) -%}
        {%- if run_query("select to_regclass('" ~ relation ~ "') is null").rows[0][0] -%}
            {%- do return(
                'The source table ' ~ relation ~ ' is not in database '
                ~ target.dbname ~ ': point the var `' ~ node.source_name
                ~ '_schema` at the schema that holds it, or make demo tables with'
                ~ ' `dbt run-operation create_demo_sources`.'
                if node.resource_type == 'source' else
                relation ~ ' is not in database ' ~ target.dbname
                ~ ' yet: run `dbt build` first.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(none) -%}
{%- endmacro %}
