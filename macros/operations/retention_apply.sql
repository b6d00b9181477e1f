{% macro retention_apply(
    digest=none,
    code_version='',
    granule_rows=1000,
    batch_seconds=0.5,
    lock_seconds=5,
    wait_seconds=30,
    minutes=none,
    statement_seconds=300,
    vacuum_share=0.2
) -%}
    {%- if not digest -%}
        {%- do retention_plan() -%}
        {%- do log('Nothing was deleted: a plan is applied by its digest.', info=true) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- do refuse_what_if(digest) -%}
    {%- set plan = run_query(
        "select
            rule, rule_digest, past, ready, undated, remembered, as_of::text,
            build_id, cutoff::text, status, why, goes_on,
            case when not exists (
                select from " ~ retention_table('approval') ~ " as approval
                where approval.digest = plan.digest
                and approval.rule = plan.rule
            ) then unusual end as unusual
        from " ~ retention_table('plan') ~ " as plan
        where digest = '" ~ digest | replace("'", "''") ~ "' order by position"
    ).rows -%}
    {%- if not plan -%}
        {%- do exceptions.raise_compiler_error(
            'There is no plan ' ~ digest ~ ': make one with `warehouse plan`.'
        ) -%}
    {%- endif -%}
    {%- set as_of = "'" ~ plan[0].as_of ~ "'::timestamptz" -%}
    {%- set build = plan[0].build_id -%}
    {%- do check_as_of(as_of) -%}
    {%- set rules = {} -%}
    {%- for rule in retention_rules(as_of) -%}
        {%- do rules.update({rule.id: rule}) -%}
    {%- endfor -%}
    {%- for line in plan
        if line.rule not in rules or rules[line.rule].digest != line.rule_digest -%}
        {%- do exceptions.raise_compiler_error(
            'The rule of ' ~ line.rule ~ ' has changed since plan ' ~ digest
            ~ ': make a new one with `warehouse plan`.'
        ) -%}
    {%- endfor -%}

    {#- One run at a time. A killed client's server process may still be
        finishing its batch, so the lock is waited for. -#}
    {%- set ns = namespace(locked=false) -%}
    {%- for attempt in range(wait_seconds * 2) if not ns.locked -%}
        {%- set ns.locked = run_query(
            'select pg_try_advisory_lock(' ~ retention_lock() ~ ')'
        ).rows[0][0] -%}
        {%- if not ns.locked -%}
            {%- do run_query('select pg_sleep(0.5)') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not ns.locked -%}
        {%- do log(
            'Already running: another run lets go of rows; this one did nothing.',
            info=true
        ) -%}
        {%- do log('result: ' ~ tojson({'outcome': 'already running'})) -%}
        {%- do return(none) -%}
    {%- endif -%}

    {#- What is done between the batches waits for others as long as a batch does,
        which is tried five times. -#}
    {%- do run_query(
        "set lock_timeout = '" ~ (5 * lock_seconds * 1000) | int ~ "ms'"
    ) -%}
    {%- set deadline = run_query(
        "select (clock_timestamp() + interval '" ~ minutes | float ~ " minutes')::text"
    ).rows[0][0] if minutes is not none else 'infinity' -%}
    {%- set run = invocation_id -%}
    {%- do run_query(
        "insert into " ~ retention_table('run') ~ " (run_id, digest, as_of)
        values ('" ~ run ~ "', '" ~ digest ~ "', " ~ as_of ~ ")
        on conflict (run_id) do nothing"
    ) -%}

    {%- do settle_intents() -%}

    {%- set time_is_over = 'paused: its time was over; the next run goes on' -%}
    {%- set form = '%-36s %-8s %12s  %s' -%}
    {%- do log(form | format('rule', 'layer', 'let go', 'outcome'), info=true) -%}
    {#- Streams of which only originals past their time are looked for. -#}
    {%- set by_time = [] -%}
    {%- for line in plan
        if rules[line.rule].keep == 'while_in_source' and line.cutoff -%}
        {%- do by_time.append(rules[line.rule].stream.name) -%}
    {%- endfor -%}
    {%- set known = {} -%}
    {%- set troubles = [] -%}
    {%- set ended = [] -%}
    {%- set pending = [] -%}
    {%- set time = namespace(is_over=false) -%}
    {%- set totals = {} -%}
    {%- set speeds = letting_go_speeds() -%}
    {%- for line in plan -%}
        {%- set rule = rules[line.rule] -%}
        {%- if rule.stream.name != known.get('stream') -%}
            {%- set connected = is_connected(rule.stream.source) -%}
            {%- if connected or known.get('connected') -%}
                {%- do join_whole_tables(connected) -%}
            {%- endif -%}
            {%- do known.update({
                'stream': rule.stream.name,
                'problem': stream_problem(
                    rule.stream, as_of, rule.stream.name not in by_time, digest
                ) or unsettled_problem(rule.stream),
                'build_problem': build_problem(rule.stream, build),
                'waits_for': none,
                'connected': connected,
            }) -%}
        {%- endif -%}
        {%- if known.connected and rule.layer in ['staging', 'marts'] -%}
            {%- do join_whole_tables(false) -%}
        {%- endif -%}
        {%- set status = rule_status(
            rule, line.ready, known.problem, known.build_problem, known.waits_for,
            line.why if line.status == 'not due' else none, line.unusual
        ) -%}
        {%- set outcome = namespace(gone=0, text=status[0]) -%}
        {%- if status[0] == 'ready' and time.is_over -%}
            {%- set outcome.text = time_is_over -%}
        {%- elif status[0] == 'ready' -%}
            {%- set done = apply_rule(rule, {
                'run_id': run, 'digest': digest, 'as_of': as_of,
                'code_version': code_version, 'past': line.past,
                'undated': line.undated, 'remembered': line.remembered, 'allowed': line.ready,
                'granule_rows': granule_rows,
                'batch_seconds': batch_seconds, 'lock_seconds': lock_seconds,
                'cutoff': "'" ~ line.cutoff ~ "'::timestamptz" if line.cutoff else none,
                'deadline': deadline, 'statement_seconds': statement_seconds,
                'vacuum_share': vacuum_share, 'speeds': speeds,
            }) -%}
            {%- set outcome.gone = done.gone -%}
            {%- set time.is_over = done.time_is_over -%}
            {%- set outcome.text = done.trouble
                or (time_is_over if time.is_over else 'done') -%}
        {%- endif -%}
        {#- A rule that waits for a person is no trouble, and blocks no other:
            each proves both neighbours by itself. Nor is what stays at a source
            in a database of its own, with all of its copies. -#}
        {%- if outcome.text not in [
            'done', 'nothing to do', 'kept', 'approval needed', 'unusual',
            'not due', time_is_over
        ] and not (
            outcome.text == 'plan only' and rule.layer == 'source' and known.connected
        ) -%}
            {%- set known_reason = status[1] if outcome.text == status[0] else outcome.text -%}
            {%- do known.update({'waits_for': known.waits_for or rule.id}) -%}
            {%- if known_reason not in troubles -%}
                {%- do troubles.append(known_reason) -%}
            {%- endif -%}
        {%- endif -%}
        {%- if outcome.text in ['done', 'nothing to do'] and not line.goes_on -%}
            {%- do ended.append(line.rule_digest) -%}
        {%- endif -%}
        {%- if outcome.text == 'approval needed' -%}
            {%- do pending.append(rule.id) -%}
        {%- endif -%}
        {%- do totals.update({rule.id: outcome.gone}) -%}
        {%- do log(
            form | format(rule.id, rule.layer, outcome.gone, outcome.text), info=true
        ) -%}
    {%- endfor -%}
    {%- do run_query(
        "update " ~ retention_table('run') ~ "
        set finished_at = clock_timestamp(),
            outcome = $outcome$" ~ (troubles | join(' ')
                or (time_is_over if time.is_over else 'done')) ~ "$outcome$,
            done = array['" ~ ended | join("', '") ~ "']
        where run_id = '" ~ run ~ "'"
    ) -%}
    {#- The application finds the list as of this run. -#}
    {%- do list_people_to_warn(rules.values() | list) -%}
    {%- do tidy_up(as_of) -%}
    {%- do run_query(cut_ledger(run, digest, as_of)) -%}
    {%- do print_undo(run) -%}
    {%- set head = ledger_head(as_of) -%}
    {%- do run_query('select pg_advisory_unlock(' ~ retention_lock() ~ ')') -%}
    {%- do log('result: ' ~ tojson({
        'outcome': 'paused' if time.is_over else 'done', 'let_go': totals,
        'head': head, 'pending': pending | length,
    })) -%}
    {%- if troubles -%}
        {%- do exceptions.raise_compiler_error(troubles | join('\n')) -%}
    {%- endif -%}
{%- endmacro %}
