{% macro kept_from(node, as_of) -%}
    {#- Half-open: a bucket is past its time once its end is, so the one that the
        cutoff falls into is kept whole. -#}
    {%- set ns = namespace(bound=none) -%}
    {%- for rule in node.config.meta.retention if parse_keep(rule.get('keep')) -%}
        {%- set moment = cutoff(as_of, parse_keep(rule.keep).interval) -%}
        {%- set type = node.columns[rule.since].data_type -%}
        {%- set ns.bound = '(' ~ moment ~ " at time zone 'UTC')::date"
            if type == 'date'
            else "date_trunc('hour', " ~ moment ~ " at time zone 'UTC')"
            if type.endswith('without time zone')
            else "date_trunc('hour', " ~ moment ~ ", 'UTC')" -%}
    {%- endfor -%}
    {%- do return(ns.bound) -%}
{%- endmacro %}
