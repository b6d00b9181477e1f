{% macro retention_bounds(
    as_of=none,
    every=none,
    select=none,
    step=none,
    disk_budget=none,
    needed=false
) -%}
    {#- Asked before the build, which takes long. -#}
    {%- do check_rules() -%}
    {%- do one_step(step) -%}
    {%- set found = {} -%}
    {%- if disk_budget -%}
        {%- if not modules.re.fullmatch('[0-9]+ ?(MB|GB|TB)', disk_budget | string) -%}
            {%- do exceptions.raise_compiler_error(
                'The disk budget is `' ~ disk_budget ~ '`; write a number and MB,'
                ~ ' GB or TB, like 5 GB.'
            ) -%}
        {%- endif -%}
        {%- set sizes = run_query(
            "select pg_size_bytes('" ~ disk_budget ~ "'),
                pg_database_size(current_database())"
        ).rows[0] -%}
        {%- do found.update({'budget': sizes[0] | int, 'size': sizes[1] | int}) -%}
    {%- endif -%}
    {%- if needed -%}
        {%- do check_prepared() -%}
        {%- set models = [] -%}
        {%- for rule in planned_rules(run_moment(as_of), every, select)
            if rule.keep != 'forever' and not rule.not_due -%}
            {%- for model in stream_models(rule.stream) -%}
                {%- do models.append(model.name) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do found.update({'models': models | unique | list}) -%}
    {%- endif -%}
    {%- do log('result: ' ~ tojson(found)) -%}
{%- endmacro %}
