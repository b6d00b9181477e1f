{% macro list_people_to_warn(rules) -%}
    {%- set listed = retention_table('person_to_warn') -%}
    {%- for rule in rules if rule.warn and not missing_table([rule.node])
        and not (is_connected(rule.node) and connection_problem(rule.node)) -%}
        {%- set person = 'leaving.' ~ adapter.quote(rule.key[0]) ~ '::text' -%}
        {%- set unwarned = rule.relation ~ ' as leaving where ' ~ to_be_warned(rule) -%}
        {#- Each is listed once; who was warned, came back or is gone leaves the
            list. -#}
        {%- do run_query(
            "delete from " ~ listed ~ " as listed
            where listed.rule = '" ~ rule.id ~ "' and not exists (
                select from " ~ unwarned ~ " and " ~ person ~ " = listed.person_id
            );
            insert into " ~ listed ~ " (stream, rule, person_id, as_of)
            select '" ~ rule.stream.name ~ "', '" ~ rule.id ~ "', " ~ person ~ ", "
            ~ rule.as_of ~ "
            from " ~ unwarned ~ "
            on conflict do nothing"
        ) -%}
    {%- endfor -%}
{%- endmacro %}
