{% macro plan_counts(rule, cutoff, known) -%}
    {%- set stream = rule.stream -%}
    {%- set leaving = rule.relation ~ ' as leaving' -%}
    {%- set counts = namespace(
        past=0, ready=0, on_hold=0, undated=0, copies=0, overdue=none
    ) -%}
    {#- A copy that is changed, not let go of, goes by its own clock alone. -#}
    {%- set is_change = rule.layer == 'raw' and rule.interval -%}
    {%- set sweeps = retention_sweeps(rule, cutoff, known.holds)
        if rule.layer != 'marts' and not is_change else [] -%}

    {%- if rule.layer == 'source' -%}
        {%- set past = sweeps[0].eligible -%}
        {%- set counts.past = count_rows(leaving, past) -%}
        {%- if counts.past -%}
            {%- set counts.ready = count_rows(leaving, past ~ sweeps[0].proof) -%}
            {%- if known.holds -%}
                {%- set counts.on_hold = count_rows(
                    leaving, past ~ ' and ' ~ on_hold(known.holds)
                ) -%}
            {%- endif -%}
        {%- endif -%}
        {%- if sweeps[1] -%}
            {%- set counts.undated = count_rows(
                sweeps[1].walk ~ ' as copy', sweeps[1].eligible
            ) -%}
            {%- set counts.past = counts.past + counts.undated -%}
            {%- set counts.ready = counts.ready + counts.undated -%}
        {%- endif -%}
        {#- The raw rows that may go once these have gone. -#}
        {%- if not rule.later and stream.kind == 'event' -%}
            {%- set counts.copies = counts.ready -%}
        {%- elif not rule.later and stream.kind == 'entity' and counts.ready -%}
            {%- set counts.copies = count_rows(
                node_relation(stream.raw) ~ ' as version',
                'exists (select from ' ~ leaving ~ ' where '
                ~ same_key('version', rule.key, 'leaving', rule.key)
                ~ ' and ' ~ same_content(stream.raw, 'version', 'leaving')
                ~ ' and ' ~ past ~ sweeps[0].proof ~ ')'
            ) -%}
        {%- endif -%}

    {%- elif rule.layer == 'raw' and not is_change -%}
        {%- set gone = count_rows(leaving, sweeps[0].eligible) -%}
        {%- set proved = count_rows(leaving, 'true ' ~ sweeps[0].proof)
            if gone else 0 -%}
        {#- And those whose originals go first in this plan. -#}
        {%- set counts.past = gone + known.copies -%}
        {%- set counts.ready = proved + known.copies -%}
        {%- if known.holds and gone -%}
            {%- set counts.on_hold = count_rows(
                leaving, sweeps[0].eligible ~ ' and ' ~ on_hold(known.holds)
            ) -%}
        {%- endif -%}

    {%- elif rule.layer == 'staging' -%}
        {%- set past = sweeps[0].eligible -%}
        {%- set counts.past = count_rows(leaving, past) -%}
        {%- if known.holds and counts.past -%}
            {%- set counts.on_hold = count_rows(
                leaving, past ~ ' and exists (select from '
                ~ node_relation(stream.raw) ~ ' as original where ' ~ same_key(
                    'original', downstream_key(stream.raw),
                    'leaving', rule.key
                ) ~ ' and ' ~ on_hold(known.holds) ~ ')'
            ) -%}
        {%- endif -%}
        {%- set counts.ready = counts.past - counts.on_hold -%}

    {%- else -%}
        {%- set counts.past = count_rows(
            leaving, clock_as_utc(rule.node, rule.clock, 'leaving') ~ ' < ' ~ cutoff
            ~ rule_condition(rule)
        ) -%}
        {%- set counts.ready = counts.past -%}
    {%- endif -%}

    {#- How long the oldest of them has been past its time (H2: 48 hours); a raw
        row is due with its original. -#}
    {%- set due = cutoff or known.cutoff -%}
    {%- if counts.past and due and not (
        rule.layer == 'raw' and stream.kind == 'entity'
    ) -%}
        {%- set clock = clock_as_utc(rule.node, rule.clock, 'leaving') -%}
        {%- set counts.overdue = run_query(
            'select greatest(0, ceil(extract(epoch from ' ~ due ~ ' - min('
            ~ clock ~ ') filter (where isfinite(' ~ clock ~ '))) / 3600))::bigint'
            ~ ' from ' ~ leaving
            ~ (' where ' ~ sweeps[0].eligible
                if sweeps and (rule.where or rule.spare) else '')
        ).rows[0][0] -%}
    {%- endif -%}
    {%- do return({
        'past': counts.past, 'ready': counts.ready, 'on_hold': counts.on_hold,
        'undated': counts.undated, 'copies': counts.copies,
        'unproven': counts.past - counts.ready - counts.on_hold,
        'overdue_hours': counts.overdue,
    }) -%}
{%- endmacro %}
