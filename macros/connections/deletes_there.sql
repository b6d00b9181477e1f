{% macro deletes_there(source_name) -%}
    {%- do return(run_query(
        "select exists (
            select from pg_foreign_server
            where srvname = '" ~ delete_server(source_name)[1:-1] ~ "'
        )"
    ).rows[0][0]) -%}
{%- endmacro %}
