{% macro sampled(source, alias) -%}
    {#- No `event_time` on the source is asked for: its clock is declared. And dbt's
        own filter would read all keys first, of a database of its own all rows. -#}
    {%- set window = invocation_args_dict.get('sample') -%}
    {%- if source and window -%}
        {%- set clock = source.config.meta.capture.clock -%}
        {%- set zone = " at time zone 'UTC'"
            if 'at time zone' in clock_as_utc(source, clock, alias) -%}
        {%- for sign, end in [('>=', window.start), ('<', window.end)] %}
    and {{ alias }}.{{ adapter.quote(clock) }} {{ sign }}
        '{{ end.strftime('%Y-%m-%d %H:%M:%S+00') }}'::timestamptz{{ zone }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
