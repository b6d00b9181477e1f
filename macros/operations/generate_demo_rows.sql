{% macro generate_demo_rows(since, until, also_into=none) -%}
    {%- if run_query(
        "select purpose = 'live' from " ~ retention_table('database')
    ).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'Database ' ~ target.dbname ~ ' is not a demo: made-up rows go only'
            ~ ' into one that `create_demo_sources` made.'
        ) -%}
    {%- endif -%}
    {%- set made = {} -%}
    {%- for name, tables in graph.sources.values() | groupby('source_name')
        if name ~ '__generate' in context -%}
        {#- The second schema holds the tables of the one that has a cron. -#}
        {%- set second = also_into if name ~ '__cron_of_today' in context else none -%}
        {%- for schema in [tables[0].schema, second] if schema -%}
            {%- do made.update({schema: run_query(
                context[name ~ '__generate'](schema, moment(since), moment(until))
            ).rows[0][0]}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do log('result: ' ~ tojson({'made': made})) -%}
{%- endmacro %}
