{% macro has_indexes(relation) -%}
    {%- do return(run_query(
        "select exists (
            select from pg_index
            where indrelid = '" ~ relation ~ "'::regclass and not indisprimary
        )"
    ).rows[0][0]) -%}
{%- endmacro %}
