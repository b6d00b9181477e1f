{% macro is_first_load_there(relation, source) -%}
    {%- do return(
        source and is_connected(source) and 'sample' not in invocation_args_dict
        and (
            first_load_rows(relation) is not none
            or not run_query(
                'select exists (select from ' ~ relation ~ ')'
            ).rows[0][0]
        )
    ) -%}
{%- endmacro %}
