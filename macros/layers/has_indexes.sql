{% macro has_indexes(relation) -%}
    {%- do return(run_query(
        "select exists (
            select from pg_index
            where indrelid = '" ~ relation ~ "'::regclass
            and indexrelid not in (select conindid from pg_constraint)
        )"
    ).rows[0][0]) -%}
{%- endmacro %}
