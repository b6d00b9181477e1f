{% macro count_rows(table, condition) -%}
    {%- do return(run_query(
        'select count(*) from ' ~ table ~ ' where ' ~ condition
    ).rows[0][0] | int) -%}
{%- endmacro %}
