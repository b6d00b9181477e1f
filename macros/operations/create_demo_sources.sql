{% macro create_demo_sources() -%}
    {%- do run_query(prepare_database()) -%}
    {%- set database = retention_table('database') -%}
    {%- for name, tables in graph.sources.values() | groupby('source_name') -%}
        {%- set there = [] -%}
        {%- for table in tables if run_query(
            "select to_regclass('" ~ node_relation(table).include(database=false)
            ~ "') is not null"
        ).rows[0][0] -%}
            {%- do there.append(table) -%}
        {%- endfor -%}
        {%- set made_here = run_query(
            "select purpose <> 'live' from " ~ database
        ).rows[0][0] -%}
        {%- if there and not made_here -%}
            {%- do exceptions.raise_compiler_error(
                'The schema ' ~ there[0].schema ~ ' holds the table '
                ~ there[0].name ~ ' already, and this operation did not make it;'
                ~ ' demo tables go into an empty schema: set the var `' ~ name
                ~ '_schema` to another name.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, tables in graph.sources.values() | groupby('source_name')
        if not run_query(
            "select to_regclass('" ~ node_relation(tables[0]).include(database=false)
            ~ "') is not null"
        ).rows[0][0] -%}
        {%- do run_query(
            context[name ~ '__create_tables'](tables[0].schema)
            ~ "update " ~ database ~ " set purpose = 'demo';"
        ) -%}
        {{ log('Made the demo tables of ' ~ name ~ '.', info=true) }}
    {%- endfor -%}
{%- endmacro %}
