{% macro print_plan(digest, plan) -%}
    {#- In 120 columns. -#}
    {%- set form = '%-38s %9s %9s %7s %8s %6s %7s %7s %6s  %s' -%}
    {%- set plan = fromjson(run_query(
        "select jsonb_build_object(
            'digest', digest,
            'as_of', to_char(
                min(as_of) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'
            ) || ' UTC',
            'moment', to_char(
                min(as_of) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'
            ) || 'Z',
            'rules', jsonb_agg(jsonb_build_object(
                'rule', rule, 'layer', layer, 'past', past, 'ready', ready,
                'on_hold', on_hold, 'unproven', unproven, 'undated', undated,
                'remembered', remembered, 'droppable', droppable,
                'overdue_hours', overdue_hours, 'status', status, 'why', why,
                'goes_on', goes_on, 'cutoff', cutoff at time zone 'UTC'
            ) || details order by position)
        )::text
        from (" ~ plan ~ ") as plan
        group by digest"
    ).rows[0][0]) -%}
    {%- do log('Plan ' ~ digest ~ ', as of ' ~ plan.as_of, info=true) -%}
    {%- do log(
        form | format('rule', 'past time', 'may go', 'on hold', 'unproven',
        'spared', 'undated', 'overdue', 'takes', 'status'), info=true
    ) -%}
    {%- set shown = [] -%}
    {%- for line in plan.rules -%}
        {%- if line.past
            or line.status not in ['kept', 'nothing to do', 'not due'] -%}
            {%- do shown.append(line) -%}
            {%- do log(
                form | format(
                    line.rule, line.past, line.ready, line.on_hold,
                    line.unproven, line.spared, line.undated,
                    '-' if line.overdue_hours is none
                    else line.overdue_hours ~ ' h',
                    seconds_in_words(line.takes_seconds), line.status
                ), info=true
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if shown | length < plan.rules | length -%}
        {%- do log(
            'And ' ~ (plan.rules | length - shown | length)
            ~ ' rules that no row is past the time of.', info=true
        ) -%}
    {%- endif -%}
    {%- do log(
        'A row is gone from source, raw and staging within 48 h of its time, if a'
        ~ ' run comes every 24 h', info=true
    ) -%}
    {%- do log(
        'and its rule is of every day; overdue is the oldest row still here.',
        info=true
    ) -%}
    {%- for line in plan.rules if line.droppable -%}
        {%- do log(
            '- ' ~ line.rule ~ ': ' ~ line.droppable
            ~ ' of its partitions can be dropped whole.', info=true
        ) -%}
    {%- endfor -%}
    {%- set whys = shown
        | rejectattr('status', 'in', ['ready', 'kept', 'nothing to do', 'what if'])
        | map(attribute='why') | list
        + plan.rules | map(attribute='stays') | sum(start=[])
        + plan.rules | map(attribute='advice') | sum(start=[]) -%}
    {%- for why in whys | unique -%}
        {%- do log('- ' ~ why, info=true) -%}
    {%- endfor -%}
    {%- set pending = plan.rules
        | selectattr('status', 'in', ['approval needed', 'unusual']) | list -%}
    {%- if pending -%}
        {%- do log(
            'Approval needed: '
            ~ ('1 rule' if pending | length == 1 else pending | length ~ ' rules')
            ~ '. To approve: warehouse approve ' ~ digest, info=true
        ) -%}
    {%- endif -%}
    {%- if plan.rules | selectattr('status', 'equalto', 'ready') | list -%}
        {%- do log('To apply it: warehouse apply ' ~ digest, info=true) -%}
    {%- elif plan.rules | selectattr('status', 'equalto', 'what if') | list -%}
        {%- do log('It only says what if, and cannot be applied.', info=true) -%}
    {%- endif -%}
    {#- For the program that called, at debug level. -#}
    {%- do log('result: ' ~ tojson({
        'digest': digest, 'pending': pending | length, 'as_of': plan.moment,
        'plan': plan,
        'goes_on': plan.rules | selectattr('goes_on')
            | selectattr('status', 'in', ['ready', 'nothing to do'])
            | list | length > 0,
    })) -%}
{%- endmacro %}
