{% macro when_it_goes(rule, where) -%}
    {%- if rule.keep == 'forever' -%}
        {%- do return('Stays for ever: ' ~ rule.because.strip()) -%}
    {%- elif not rule.interval -%}
        {%- set grace = grace_of(rule.stream) -%}
        {%- do return(
            'Goes once its original has gone and staging holds it'
            ~ (', ' ~ grace ~ ' after a rule let go of that' if grace) ~ '.'
        ) -%}
    {%- endif -%}
    {%- set due = run_query(
        "select to_char(
            min(" ~ clock_as_utc(rule.node, rule.clock, 'it')
            ~ ") at time zone 'UTC' + interval '" ~ rule.interval ~ "',
            'YYYY-MM-DD HH24:MI:SS'
        ) from " ~ rule.relation ~ " as it where " ~ where
    ).rows[0][0] -%}
    {%- do return(
        'By rule ' ~ rule.id ~ ' (' ~ rule.keep ~ ' after ' ~ rule.clock
        ~ (' where ' ~ rule.where if rule.where else '')
        ~ (', the latest spared' if rule.spare else '') ~ ') '
        ~ ('it is past its time after ' ~ due ~ ' UTC.' if due
            else 'it does not age yet: its ' ~ rule.clock ~ ' is empty.')
    ) -%}
{%- endmacro %}
