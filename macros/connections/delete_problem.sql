{% macro delete_problem(rule) -%}
    {#- [status, why], or none. A server that does not answer is a sentence. -#}
    {%- set source = rule.node -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- do run_query(
        "do $look$
        declare
            found text;
            detail text;
        begin
            select answer into found
            from " ~ dblink('') ~ "(
                '" ~ delete_server(source.source_name)[1:-1] ~ "',
                $there$" ~ delete_refusal(pinned_source(source), rule.then) ~ "$there$
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
    {%- set found = run_query(
        "select current_setting('warehouse.source')"
    ).rows[0][0] -%}
    {%- if found.startswith('failed: ') -%}
        {%- do return(['stopped',
            name ~ ' cannot be let go of in its own database ('
            ~ found[8:].rstrip('.') ~ '): start or repair that, or, if its address,'
            ~ ' password or rights have changed, run `warehouse connect '
            ~ source.source_name ~ ' --delete-url` again.'
        ]) -%}
    {%- elif found -%}
        {%- do return([
            'plan only' if found == 'needed' else 'stopped',
            'Of ' ~ name ~ ' nothing is let go of: '
            ~ refusal_in_words(rule)[found] ~ '.'
        ]) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
