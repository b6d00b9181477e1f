{% macro retention_apply(
    digest=none,
    code_version='',
    granule_rows=1000,
    batch_seconds=0.5,
    lock_seconds=5,
    wait_seconds=30
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
        "select rule, rule_digest, past, ready, undated, as_of::text, build_id,
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
    {%- set lock = "hashtext('retention: " ~ generate_schema_name('retention') ~ "')" -%}
    {%- set ns = namespace(locked=false) -%}
    {%- for attempt in range(wait_seconds * 2) if not ns.locked -%}
        {%- set ns.locked = run_query(
            'select pg_try_advisory_lock(' ~ lock ~ ')'
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

    {%- set run = invocation_id -%}
    {%- do run_query(
        "insert into " ~ retention_table('run') ~ " (run_id, digest, as_of)
        values ('" ~ run ~ "', '" ~ digest ~ "', " ~ as_of ~ ")
        on conflict (run_id) do nothing"
    ) -%}

    {%- set form = '%-36s %-8s %12s  %s' -%}
    {%- do log(form | format('rule', 'layer', 'let go', 'outcome'), info=true) -%}
    {%- set known = {} -%}
    {%- set troubles = [] -%}
    {%- set totals = {} -%}
    {%- for line in plan -%}
        {%- set rule = rules[line.rule] -%}
        {%- if rule.stream.name != known.get('stream') -%}
            {%- do known.update({
                'stream': rule.stream.name,
                'problem': stream_problem(rule.stream, as_of, digest),
                'build_problem': build_problem(rule.stream, build),
                'waits_for': none,
            }) -%}
        {%- endif -%}
        {%- set status = rule_status(
            rule, line.ready, known.problem, known.build_problem,
            known.waits_for, line.unusual
        ) -%}
        {%- set outcome = namespace(gone=0, text=status[0]) -%}
        {%- if status[0] == 'ready' -%}
            {%- set done = apply_rule(rule, {
                'run_id': run, 'digest': digest, 'as_of': as_of,
                'code_version': code_version, 'past': line.past,
                'undated': line.undated, 'allowed': line.ready,
                'granule_rows': granule_rows,
                'batch_seconds': batch_seconds, 'lock_seconds': lock_seconds,
            }) -%}
            {%- set outcome.gone = done.gone -%}
            {%- set outcome.text = done.trouble or 'done' -%}
        {%- endif -%}
        {#- A rule that waits for a person is no trouble, and blocks no other:
            each proves both neighbours by itself. -#}
        {%- if outcome.text not in [
            'done', 'nothing to do', 'kept', 'not yet', 'approval needed',
            'unusual'
        ] -%}
            {%- set known_reason = status[1] if outcome.text == status[0] else outcome.text -%}
            {%- do known.update({'waits_for': known.waits_for or rule.id}) -%}
            {%- if known_reason not in troubles -%}
                {%- do troubles.append(known_reason) -%}
            {%- endif -%}
        {%- endif -%}
        {%- do totals.update({rule.id: outcome.gone}) -%}
        {%- do log(
            form | format(rule.id, rule.layer, outcome.gone, outcome.text), info=true
        ) -%}
    {%- endfor -%}
    {%- do run_query(
        "update " ~ retention_table('run') ~ "
        set finished_at = clock_timestamp(),
            outcome = $outcome$" ~ (troubles | join(' ') or 'done') ~ "$outcome$
        where run_id = '" ~ run ~ "'"
    ) -%}
    {%- do run_query('select pg_advisory_unlock(' ~ lock ~ ')') -%}
    {%- do log('result: ' ~ tojson({'outcome': 'done', 'let_go': totals})) -%}
    {%- if troubles -%}
        {%- do exceptions.raise_compiler_error(troubles | join('\n')) -%}
    {%- endif -%}
{%- endmacro %}
