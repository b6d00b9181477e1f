{% macro check_prepared() -%}
    {%- if not run_query(
        "select to_regclass('" ~ retention_table('ledger') ~ "') is not null"
    ).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'Database ' ~ target.dbname ~ ' holds no warehouse of target '
            ~ target.name ~ ' yet: run `dbt build` first.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
