{% macro first_load_rows(relation) -%}
    {%- set row = run_query(
        "select rows from " ~ retention_table('compared') ~ "
        where relation = '" ~ relation.identifier ~ "' and compared_at is null"
    ).rows -%}
    {%- do return(row[0][0] if row else none) -%}
{%- endmacro %}
