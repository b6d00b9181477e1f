{% macro droppable_partitions(rule, cutoff, known) -%}
    {#- Of an event the original may go first in this plan, by its time alone. -#}
    {%- set source_rules = rule.stream.source.config.meta.retention -%}
    {%- set first = source_rules | first -%}
    {%- set goes_first = rule.stream.kind == 'event' and known.cutoff
        and not grace_of(rule.stream)
        and source_rules | length == 1
        and not (first.get('where') or first.get('spare')) -%}
    {%- set stays = 'not (' ~ raw_sweep(rule, cutoff, [], false).eligible ~ ')'
        ~ (' and leaving.' ~ adapter.quote(rule.clock) ~ ' >= ' ~ known.cutoff
           if goes_first else '')
        ~ (' or ' ~ on_hold(known.holds, 'raw') if known.holds else '') -%}
    {%- set ns = namespace(count=0) -%}
    {%- for partition in past_partitions(rule.relation, known.as_of) -%}
        {%- set ns.count = ns.count + run_query(
            'select (exists (select from ' ~ partition ~ ') and not exists ('
            ~ 'select from ' ~ partition ~ ' as leaving where ' ~ stays
            ~ '))::integer'
        ).rows[0][0] -%}
    {%- endfor -%}
    {%- do return(ns.count) -%}
{%- endmacro %}
