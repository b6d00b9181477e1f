{% macro print_plan(digest) -%}
    {%- set form = '%-36s %-8s %12s %12s %9s %9s %9s  %s' -%}
    {%- set rows = run_query(
        "select
            rule, layer, past, ready, on_hold, unproven,
            coalesce(overdue_hours || ' h', '-') as overdue, status, why,
            to_char(as_of at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC',
            to_char(as_of at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || 'Z',
            goes_on, droppable
        from " ~ retention_table('plan') ~ "
        where digest = '" ~ digest ~ "'
        order by position"
    ).rows -%}
    {%- do log('Plan ' ~ digest ~ ', as of ' ~ rows[0][9], info=true) -%}
    {%- do log(
        form | format('rule', 'layer', 'past time', 'may go', 'on hold',
        'unproven', 'overdue', 'status'), info=true
    ) -%}
    {%- for row in rows -%}
        {%- do log(
            form | format(row[0], row[1], row[2], row[3], row[4], row[5], row[6],
            row[7]),
            info=true
        ) -%}
    {%- endfor -%}
    {%- do log(
        'A row is gone from source, raw and staging within 48 h of its time, if'
        ~ ' a run comes every 24 h and its rule is of every day; overdue is the'
        ~ ' oldest row still here.',
        info=true
    ) -%}
    {%- for row in rows if row.droppable -%}
        {%- do log(
            '- ' ~ row[0] ~ ': ' ~ row.droppable ~ ' of its partitions can be dropped whole.',
            info=true
        ) -%}
    {%- endfor -%}
    {%- for why in rows | rejectattr('status', 'in', ['ready', 'kept', 'nothing to do'])
        | map(attribute='why') | unique -%}
        {%- do log('- ' ~ why, info=true) -%}
    {%- endfor -%}
    {%- set pending = rows | selectattr('status', 'equalto', 'approval needed') | list -%}
    {%- if pending -%}
        {%- do log(
            'Approval needed: ' ~ pending | length ~ ' rules. To approve them:'
            ~ ' warehouse approve ' ~ digest, info=true
        ) -%}
    {%- endif -%}
    {%- if rows | selectattr('status', 'equalto', 'ready') | list -%}
        {%- do log('To apply it: warehouse apply ' ~ digest, info=true) -%}
    {%- endif -%}
    {#- For the program that called, at debug level. -#}
    {%- do log('result: ' ~ tojson({
        'digest': digest, 'pending': pending | length, 'as_of': rows[0][10],
        'goes_on': rows | selectattr('goes_on')
            | selectattr('status', 'in', ['ready', 'nothing to do'])
            | list | length > 0,
    })) -%}
{%- endmacro %}
