{% macro entries_that_took(stream, layer, clock) -%}
    {%- set lines = [] -%}
    {%- set minute = " at time zone 'UTC', 'YYYY-MM-DD HH24:MI')" -%}
    {%- set second = " at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')" -%}
    {#- Of an event the clock says which; else any of them may have. -#}
    {%- for row in run_query(
        "select
            ledger.entry, ledger.rule, ledger.rows, ledger.digest, ledger.run_id,
            to_char(ledger.recorded_at" ~ minute ~ " as at,
            to_char(ledger.as_of" ~ minute ~ " as as_of,
            to_char(ledger.first_clock" ~ second ~ " as first,
            to_char(ledger.last_clock" ~ second ~ " as last,
            approval.approved_by, approval.digest as approved,
            to_char(approval.approved_at" ~ minute ~ " as approved_at,
            count(*) over () as entries
        from " ~ retention_table('ledger') ~ " as ledger
        left join " ~ retention_table('plan') ~ " as plan
            on plan.digest = ledger.digest and plan.rule = ledger.rule
        left join lateral (
            select approval.*
            from " ~ retention_table('approval') ~ " as approval
            where approval.rule = plan.rule
            and approval.rule_digest = plan.rule_digest
            and approval.approved_at <= ledger.recorded_at
            order by approval.digest = ledger.digest desc, approval.approved_at desc
            limit 1
        ) as approval on true
        where ledger.stream = '" ~ stream.name ~ "'
        and ledger.layer = '" ~ layer ~ "'
        and ledger.rows > 0
        and ledger.outcome <> 'put back'
        " ~ (
            "and " ~ clock ~ " between ledger.first_clock and ledger.last_clock"
            if clock else ""
        ) ~ "
        order by ledger.entry desc
        limit 10"
    ).rows -%}
        {%- if loop.first -%}
            {%- do lines.append(
                'From ' ~ layer ~ ' it may have gone with '
                ~ (row.entries | int) ~ ' entries of the ledger'
                ~ (' (its time is within them)' if clock else
                    ' (its time is not known: `--at`)'
                    if stream.kind == 'event' else '') ~ ':'
            ) -%}
        {%- endif -%}
        {%- set held_by = retention_rules()
            | selectattr('id', 'equalto', row.rule) | map(attribute='held_by')
            | first | default([], true) -%}
        {%- do lines.append(
            '    entry ' ~ row.entry ~ ', ' ~ row.at ~ ' UTC (as of ' ~ row.as_of
            ~ '): ' ~ row.rows ~ ' rows of ' ~ row.first ~ ' to ' ~ row.last
            ~ ', by rule ' ~ row.rule ~ ', proved by '
            ~ (held_by | join(', ') or 'nothing, as declared') ~ '; plan '
            ~ row.digest ~ ', run ' ~ row.run_id ~ '; approved '
            ~ ('by ' ~ row.approved_by ~ ' on ' ~ row.approved_at ~ ' ('
                ~ row.approved ~ ').' if row.approved_by
                else 'by nobody that is known.')
        ) -%}
    {%- endfor -%}
    {%- if not lines and clock -%}
        {%- do lines.append(
            'From ' ~ layer ~ ' no entry of the ledger took a row of its time.'
        ) -%}
    {%- endif -%}
    {%- do return(lines) -%}
{%- endmacro %}
