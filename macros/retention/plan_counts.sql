{% macro plan_counts(rule, cutoff, known) -%}
    {%- set stream = rule.stream -%}
    {%- set leaving = rule.relation ~ ' as leaving' -%}
    {%- set counts = namespace(
        past=0, ready=0, on_hold=0, undated=0, remembered=0, copies=0,
        spared=0, overdue=none, droppable=0, in_grace=0
    ) -%}
    {%- set sweeps = retention_sweeps(rule, cutoff, known.holds) -%}

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
        {%- if rule.spare -%}
            {%- set counts.spared = count_rows(leaving, retention_sweeps(
                dict(rule, spare=none), cutoff, known.holds
            )[0].eligible) - counts.past -%}
        {%- endif -%}
        {%- if sweeps[1] -%}
            {%- set counts.undated = count_rows(
                sweeps[1].walk ~ ' as copy', sweeps[1].eligible
            ) -%}
            {%- set counts.past = counts.past + counts.undated -%}
            {%- set counts.ready = counts.ready + counts.undated -%}
        {%- endif -%}
        {#- The raw rows that may go once these have gone. -#}
        {%- if rule.then == 'delete' and not known.connected -%}
            {%- do known.going.append(past ~ sweeps[0].proof) -%}
            {%- for child in sweeps[0].family.members if child.stream -%}
                {%- do known.children.setdefault(child.stream.name, []).append(
                    'exists (select from ' ~ child.relation ~ ' as ' ~ child.alias
                    ~ ' where ' ~ same_key(
                        child.alias, child.stream.source.config.meta.capture.key,
                        'leaving', child.stream.source.config.meta.capture.key
                    ) ~ ' and '
                    ~ child.going | replace('<parents>', past ~ sweeps[0].proof ~ '\n')
                    ~ ')'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
        {#- The copy of a row that is changed leaves once raw has the new version. -#}
        {%- if rule.then == 'delete' and stream.kind == 'event' -%}
            {%- set counts.copies = counts.ready -%}
        {%- elif rule.then == 'delete' and stream.kind == 'entity' and counts.ready -%}
            {%- set counts.copies = count_rows(
                node_relation(stream.raw) ~ ' as version',
                'exists (select from ' ~ leaving ~ ' where '
                ~ same_key('version', rule.key, 'leaving', rule.key)
                ~ ' and ' ~ same_content(stream, 'version', 'leaving', rule.as_of)
                ~ ' and ' ~ past ~ sweeps[0].proof ~ ')'
            ) -%}
        {%- endif -%}
        {%- if counts.past > counts.ready + counts.on_hold and has_memory(stream) -%}
            {%- set remembered = sweeps | selectattr('name', 'equalto', 'remembered') | first -%}
            {%- set counts.remembered = count_rows(
                leaving, remembered.eligible ~ remembered.proof
            ) -%}
            {%- set counts.ready = counts.ready + counts.remembered -%}
        {%- endif -%}

    {%- elif rule.layer == 'raw' and rule.interval -%}
        {#- At most: the originals are emptied first in this plan. -#}
        {%- set past = sweeps[0].eligible -%}
        {%- set counts.past = count_rows(leaving, past) -%}
        {%- if counts.past -%}
            {%- set counts.ready = count_rows(leaving, past ~ sweeps[0].held) -%}
            {%- if known.holds -%}
                {%- set counts.on_hold = count_rows(
                    leaving, past ~ ' and ' ~ on_hold(known.holds, 'raw')
                ) -%}
            {%- endif -%}
        {%- endif -%}

    {%- elif rule.layer == 'raw' -%}
        {%- set gone = count_rows(leaving, sweeps[0].eligible) -%}
        {%- set proved = count_rows(leaving, 'true ' ~ sweeps[0].proof)
            if gone else 0 -%}
        {#- And those whose originals go first in this plan, by themselves or with
            a parent, if they need not stay for a grace. -#}
        {%- set counts.copies = 0 if grace_of(stream) else known.copies -%}
        {%- if stream.name in known.children and not grace_of(stream) -%}
            {%- set counts.copies = counts.copies + count_rows(
                node_relation(stream.source) ~ ' as leaving',
                '(' ~ known.children[stream.name] | join(' or ') ~ ')'
                ~ (' and (' ~ known.going | join('\n) is not true and (')
                   ~ '\n) is not true' if known.going else '')
            ) -%}
        {%- endif -%}
        {%- set counts.past = gone + counts.copies -%}
        {%- set counts.ready = proved + counts.copies -%}
        {%- if known.holds and gone -%}
            {%- set counts.on_hold = count_rows(
                leaving, sweeps[0].eligible ~ ' and ' ~ on_hold(known.holds, 'raw')
            ) -%}
        {%- endif -%}

        {%- if counts.ready -%}
            {%- set counts.droppable = droppable_partitions(rule, cutoff, known) -%}
        {%- endif -%}

    {%- elif rule.layer == 'staging' -%}
        {%- set past = sweeps[0].eligible -%}
        {%- set counts.past = count_rows(leaving, past) -%}
        {%- if known.holds and counts.past -%}
            {%- set counts.on_hold = count_rows(
                leaving, past ~ held_below(stream, 'leaving', known.holds)
            ) -%}
        {%- endif -%}
        {%- if counts.past and grace_of(stream) and rule.then == 'delete' -%}
            {%- set counts.in_grace = count_rows(
                leaving, past ~ waits_for_grace(rule)
                ~ (' and (true' ~ held_below(stream, 'leaving', known.holds)
                   ~ ') is not true' if known.holds else '')
            ) -%}
        {%- endif -%}
        {%- set counts.ready = counts.past - counts.on_hold - counts.in_grace -%}
        {#- Nothing is let go of at a connected source, so raw keeps its rows. -#}
        {%- if known.connected and counts.ready -%}
            {%- set counts.ready = [counts.ready, known.raw_ready + count_rows(
                leaving, past ~ sweeps[0].proof
            )] | min -%}
        {%- endif -%}

    {#- Of a mart, too, what waits only for the rows that go before it in this
        plan is ready. -#}
    {%- elif rule.kept_from -%}
        {%- set rows = '(select ' ~ quoted_key(rule.key, 'leaving') ~ ' from '
            ~ leaving ~ ' where ' ~ sweeps[0].eligible ~ ' union '
            ~ living_buckets(rule, cutoff, rule.key, '') ~ ') as leaving' -%}
        {%- set counts.past = count_rows(rows, 'true') -%}
        {%- if known.holds and counts.past -%}
            {%- set counts.on_hold = count_rows(
                rows, 'leaving.' ~ adapter.quote(rule.clock) ~ ' in ('
                ~ living_buckets(
                    rule, cutoff, [rule.clock],
                    held_below(stream, 'leaving', known.holds)
                ) ~ ')'
            ) -%}
        {%- endif -%}
        {%- set counts.ready = counts.past - counts.on_hold -%}

    {%- else -%}
        {%- set past = sweeps[0].eligible -%}
        {%- set counts.past = count_rows(leaving, past) -%}
        {%- if known.holds and counts.past -%}
            {%- set counts.on_hold = count_rows(
                leaving, past ~ ' and exists (select from '
                ~ node_relation(stream.staging) ~ ' as copy where ' ~ same_key(
                    'copy', stream.staging.config.unique_key, 'leaving', rule.key
                ) ~ held_below(stream, 'copy', known.holds) ~ ')'
            ) -%}
        {%- endif -%}
        {%- set counts.ready = counts.past - counts.on_hold -%}

    {%- endif -%}

    {%- if rule.layer == 'raw' -%}
        {%- do known.update({'raw_ready': known.raw_ready + counts.ready}) -%}
    {%- endif -%}

    {#- How long the oldest of them has been past its time (H2: 48 hours); a raw
        row is due with its original. -#}
    {%- set due = known.cutoff if rule.layer == 'raw' and not rule.interval
        else cutoff -%}
    {%- if due and rule.layer in ['raw', 'staging'] and grace_of(stream) -%}
        {%- set due = due ~ " - interval '" ~ grace_of(stream) ~ "'" -%}
    {%- endif -%}
    {%- if counts.past and due and not (
        rule.layer == 'raw' and stream.kind == 'entity'
    ) -%}
        {#- A bucket is due at its end. -#}
        {%- set width = '' if not rule.kept_from
            else " + interval '1 day'"
            if rule.node.columns[rule.clock].data_type == 'date'
            else " + interval '1 hour'" -%}
        {%- set clock = clock_as_utc(rule.node, rule.clock, 'leaving') -%}
        {%- set counts.overdue = run_query(
            'select greatest(0, ceil(extract(epoch from ' ~ due ~ ' - min('
            ~ clock ~ width ~ ') filter (where isfinite(' ~ clock
            ~ '))) / 3600))::bigint from ' ~ leaving
            ~ (' where ' ~ sweeps[0].eligible if sweeps and (
                rule.where or rule.spare or rule.then != 'delete'
            ) else '')
        ).rows[0][0] -%}
    {%- endif -%}
    {%- do return({
        'past': counts.past, 'ready': counts.ready, 'on_hold': counts.on_hold,
        'undated': counts.undated, 'remembered': counts.remembered,
        'copies': counts.copies, 'spared': counts.spared,
        'unproven': counts.past - counts.ready - counts.on_hold - counts.in_grace,
        'in_grace': counts.in_grace,
        'overdue_hours': counts.overdue, 'droppable': counts.droppable,
    }) -%}
{%- endmacro %}
