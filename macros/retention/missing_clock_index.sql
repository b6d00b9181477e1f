{% macro missing_clock_index(rule) -%}
    {%- set relation = rule.relation.include(database=false) -%}
    {%- if rule.layer != 'source' or not rule.interval or run_query(
        'select ' ~ has_clock_index(rule, relation)
    ).rows[0][0] -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- do return(clock_index_advice(rule, relation)) -%}
{%- endmacro %}
