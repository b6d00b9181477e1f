{% macro all_left_raw(rule, cutoff) -%}
    {#- Mostly raw has let go of all that is past its time in staging, which is seen
        at once in less time than row by row: by a count, since for the first row
        that is still there each would be looked up. -#}
    {%- set raw = node_relation(rule.stream.raw) -%}
    {%- set found = run_query(
        "-- Has raw let go of all of it?
        select " ~ taken_in(raw) ~ " + " ~ taken_in(rule.relation) ~ "
        where 0 = (
            select count(*) from " ~ rule.relation ~ " as leaving
            inner join " ~ raw ~ " as original
                on " ~ same_key('original', downstream_key(rule.stream.raw), 'leaving', rule.key) ~ "
            where leaving." ~ adapter.quote(rule.clock) ~ " < " ~ cutoff
                ~ rule_condition(rule) ~ "
        )"
    ).rows -%}
    {%- do return(found[0][0] if found else none) -%}
{%- endmacro %}
