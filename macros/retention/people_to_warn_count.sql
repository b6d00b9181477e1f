{% macro people_to_warn_count(rule) -%}
    {%- if not rule.warn -%}
        {%- do return(0) -%}
    {%- endif -%}
    {%- do return(count_rows(
        rule.relation ~ ' as leaving',
        to_be_warned(rule) ~ ' and not exists (
            select from ' ~ retention_table('person_to_warn') ~ " as listed
            where listed.rule = '" ~ rule.id ~ "' and listed.person_id = leaving."
            ~ adapter.quote(rule.key[0]) ~ '::text
        )'
    )) -%}
{%- endmacro %}
