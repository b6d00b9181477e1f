{% macro check_prepared() -%}
    {%- set database = retention_table('database') -%}
    {%- if not run_query(
        "select to_regclass('" ~ retention_table('ledger') ~ "') is not null"
    ).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'Database ' ~ target.dbname ~ ' holds no warehouse of target '
            ~ target.name ~ ' yet: run `dbt build` first.'
        ) -%}
    {%- endif -%}
    {%- if run_query(
        'select schema_version < ' ~ schema_version() ~ ' from ' ~ database
    ).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'The tables in ' ~ generate_schema_name('retention')
            ~ ' are those of older code: run `dbt build` first, which brings them'
            ~ ' up to date.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
