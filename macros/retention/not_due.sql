{% macro not_due(rule, as_of) -%}
    {%- if rule.every == 'day' or rule.keep == 'forever' -%}
        {%- do return(none) -%}
    {%- endif -%}
    {#- In UTC, so in hours; a week begins on Sunday. -#}
    {%- if rule.every == 'week' -%}
        {%- set began = "date_trunc('week', " ~ as_of
            ~ " + interval '24 hours', 'UTC') - interval '24 hours'" -%}
        {%- set begins = began ~ " + interval '168 hours'" -%}
    {%- else -%}
        {%- set began = "date_trunc('month', " ~ as_of ~ ", 'UTC')" -%}
        {%- set begins = "date_trunc('month', " ~ began
            ~ " + interval '768 hours', 'UTC')" -%}
    {%- endif -%}
    {%- set found = run_query(
        "select
            exists (
                select from " ~ retention_table('run') ~ "
                where finished_at is not null
                and as_of >= " ~ began ~ " and as_of <= " ~ as_of ~ "
                and '" ~ rule.digest ~ "' = any (done)
            ),
            to_char((" ~ begins ~ ") at time zone 'UTC', 'YYYY-MM-DD HH24:MI')"
    ).rows[0] -%}
    {%- do return(
        rule.id ~ ' has run this ' ~ rule.every ~ '; it is due again on '
        ~ found[1] ~ ' UTC.' if found[0] else none
    ) -%}
{%- endmacro %}
