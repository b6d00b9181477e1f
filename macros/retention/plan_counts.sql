{% macro plan_counts(rule, cutoff, holds, source_counts) -%}
    {%- set sweeps = retention_sweeps(rule, cutoff, holds) -%}
    {%- set counts = namespace(past=0, ready=0, on_hold=0, undated=0) -%}
    {%- set leaving = rule.relation ~ ' as leaving' -%}
    {#- A raw row is due with its original. -#}
    {%- set due = cutoff or (source_counts or {}).get('cutoff') -%}
    {%- set clock = clock_as_utc(rule.node, rule.clock, 'leaving') -%}

    {%- if rule.layer == 'source' -%}
        {%- set past = sweeps[0].eligible -%}
        {%- set counts.past = run_query(
            'select count(*) from ' ~ leaving ~ ' where ' ~ past
        ).rows[0][0] -%}
        {%- if counts.past -%}
            {%- set counts.ready = run_query(
                'select count(*) from ' ~ leaving ~ ' where ' ~ past
                ~ sweeps[0].proof
            ).rows[0][0] -%}
            {%- if holds -%}
                {%- set counts.on_hold = run_query(
                    'select count(*) from ' ~ leaving ~ ' where ' ~ past
                    ~ ' and ' ~ on_hold(holds)
                ).rows[0][0] -%}
            {%- endif -%}
        {%- endif -%}
        {%- set counts.undated = run_query(
            'select count(*) from ' ~ sweeps[1].walk ~ ' as copy where '
            ~ sweeps[1].eligible
        ).rows[0][0] -%}
        {%- set counts.past = counts.past + counts.undated -%}
        {%- set counts.ready = counts.ready + counts.undated -%}

    {%- elif rule.layer == 'raw' -%}
        {%- set gone = run_query(
            'select count(*) from ' ~ leaving ~ ' where ' ~ sweeps[0].eligible
        ).rows[0][0] -%}
        {%- set proved = run_query(
            'select count(*) from ' ~ leaving ~ ' where true ' ~ sweeps[0].proof
        ).rows[0][0] if gone else 0 -%}
        {#- And those whose originals go first in this plan. -#}
        {%- set counts.past = gone + source_counts.ready -%}
        {%- set counts.ready = proved + source_counts.ready -%}
        {%- if holds and gone -%}
            {%- set counts.on_hold = run_query(
                'select count(*) from ' ~ leaving ~ ' where ' ~ sweeps[0].eligible
                ~ ' and ' ~ on_hold(holds)
            ).rows[0][0] -%}
        {%- endif -%}

    {%- else -%}
        {%- set past = sweeps[0].eligible -%}
        {%- set counts.past = run_query(
            'select count(*) from ' ~ leaving ~ ' where ' ~ past
        ).rows[0][0] -%}
        {%- set stream = rule.stream -%}
        {%- if holds and counts.past -%}
            {%- set counts.on_hold = run_query(
                'select count(*) from ' ~ leaving ~ ' where ' ~ past
                ~ ' and exists (select from ' ~ node_relation(stream.raw)
                ~ ' as original where ' ~ same_key(
                    'original', stream.source.config.meta.capture.key,
                    'leaving', rule.key
                ) ~ ' and ' ~ on_hold(holds) ~ ')'
            ).rows[0][0] -%}
        {%- endif -%}
        {%- set counts.ready = counts.past - counts.on_hold -%}
    {%- endif -%}
    {#- How long the oldest of them has been past its time (H2: 48 hours). -#}
    {%- set overdue = none -%}
    {%- if counts.past and due -%}
        {%- set overdue = run_query(
            'select greatest(0, ceil(extract(epoch from ' ~ due ~ ' - min('
            ~ clock ~ ')) / 3600))::bigint from ' ~ leaving
        ).rows[0][0] -%}
    {%- endif -%}
    {%- do return({
        'cutoff': due, 'overdue_hours': overdue, 'past': counts.past, 'ready': counts.ready, 'on_hold': counts.on_hold,
        'undated': counts.undated,
        'unproven': counts.past - counts.ready - counts.on_hold,
    }) -%}
{%- endmacro %}
