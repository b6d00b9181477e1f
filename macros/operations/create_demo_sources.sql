{% macro create_demo_sources(days=120) -%}
    {%- do run_query(prepare_database()) -%}
    {%- set database = retention_table('database') -%}
    {%- set made_here = run_query(
        "select purpose = 'demo' from " ~ database
    ).rows[0][0] -%}
    {%- set missing = [] -%}
    {%- for name, tables in graph.sources.values() | groupby('source_name')
        if name ~ '__create_tables' in context -%}
        {%- set schema = tables[0].schema -%}
        {%- set there = run_query(
            "select relname from pg_class
            where relnamespace = to_regnamespace('" ~ schema ~ "')
            and relkind in ('r', 'p', 'v', 'f')
            order by relname"
        ).columns[0].values() -%}
        {%- if there and not made_here -%}
            {%- do exceptions.raise_compiler_error(
                'The schema ' ~ schema ~ ' holds ' ~ there[0] ~ ' already, and'
                ~ ' this operation did not make it; demo tables go into an empty'
                ~ ' schema: set the var `' ~ name ~ '_schema` to another name.'
            ) -%}
        {%- elif not there -%}
            {%- do missing.append((name, schema)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, schema in missing -%}
        {%- do run_query(
            context[name ~ '__create_tables'](schema)
            ~ "update " ~ database ~ " set purpose = 'demo';"
        ) -%}
        {%- if days -%}
            {%- set rows = run_query(context[name ~ '__generate'](
                schema,
                '(' ~ as_of() ~ " - interval '" ~ days | int * 24 ~ " hours')", as_of()
            )).rows[0][0] -%}
        {%- endif -%}
        {%- do log(
            'Made the demo tables of ' ~ name ~ ' in schema ' ~ schema
            ~ (', with ' ~ rows ~ ' rows.' if days else '.'), info=true
        ) -%}
    {%- endfor -%}
{%- endmacro %}
