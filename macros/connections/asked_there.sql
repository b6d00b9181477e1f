{% macro asked_there(source_name, question) -%}
    {#- A server that does not answer is a sentence, not an error. -#}
    {%- do run_query(
        "do $look$
        declare
            found text;
            detail text;
        begin
            select answer into found
            from " ~ dblink('') ~ "(
                '" ~ delete_server(source_name)[1:-1] ~ "',
                $there$" ~ question ~ "$there$
            ) as asked (answer text);
            perform set_config('warehouse.source', found, false);
        exception
            when others then
                get stacked diagnostics detail = pg_exception_detail;
                perform set_config(
                    'warehouse.source', 'failed: ' || " ~ why_it_failed() ~ ", false
                );
        end
        $look$"
    ) -%}
    {%- do return(run_query(
        "select current_setting('warehouse.source')"
    ).rows[0][0]) -%}
{%- endmacro %}
