{% macro retention_plan(
    as_of=none,
    build=none,
    every=none,
    select=none,
    step=none,
    after=none,
    what_if=none,
    read_only=false
) -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- set as_of = run_moment(as_of) -%}
    {%- do check_as_of(as_of) -%}
    {%- set step = one_step(step) -%}
    {%- set lines = [] -%}
    {%- set known = {'children': {}} -%}
    {%- set speeds = letting_go_speeds() -%}
    {%- for rule in what_if_rules(planned_rules(as_of, every, select), what_if) -%}
        {%- set stream = rule.stream -%}
        {%- if stream.name != known.get('stream') -%}
            {%- set connected = is_connected(stream.source) -%}
            {%- if connected or known.get('connected') -%}
                {%- do join_whole_tables(connected) -%}
            {%- endif -%}
            {%- set problem = stream_problem(
                stream, as_of, is_compared=not raw_cutoff(stream, as_of)
            ) -%}
            {#- Of a source that cannot be read nothing is counted. -#}
            {%- do known.update({
                'stream': stream.name,
                'missing': missing_table([stream.source] + stream_models(stream))
                    or (connection_problem(stream.source)
                        if connected and problem else none),
                'problem': problem, 'is_there': connected, 'raw_ready': 0,
                'connected': connected,
                'build_problem': build_problem(stream, build),
                'holds': active_holds(stream, as_of), 'as_of': as_of,
                'waits_for': none, 'copies': 0, 'going': [], 'cutoff': none,
            }) -%}
        {%- endif -%}
        {%- set until = plan_cutoff(
            rule, as_of, known.holds, none if known.missing else step, after
        ) -%}
        {%- set behind = none -%}
        {%- if known.is_there and rule.layer == 'source' and not known.missing -%}
            {#- Whether its rows stay there, and so do their copies. -#}
            {%- do known.update({'connected': plan_only_there(rule) is not none}) -%}
            {%- set behind = replica_behind(stream) if not known.connected else none -%}
        {%- endif -%}
        {%- if rule.keep == 'forever' or known.missing or behind -%}
            {%- set counts = {
                'past': 0, 'ready': 0, 'on_hold': 0, 'undated': 0, 'unproven': 0,
                'remembered': 0, 'spared': 0,
                'overdue_hours': none, 'copies': 0
            } -%}
        {%- else -%}
            {%- set counts = plan_counts(rule, until.cutoff, known) -%}
        {%- endif -%}
        {%- if rule.layer == 'source' and not rule.not_due -%}
            {%- do known.update({
                'copies': known.copies + (0 if known.connected else counts.copies),
                'cutoff': known.cutoff or until.cutoff,
            }) -%}
        {%- endif -%}
        {#- Copies of what goes first in this plan are as many as their originals. -#}
        {%- set unusual = unusual_volume(
            rule, counts.ready - (counts.copies if rule.layer == 'raw' else 0)
        ) -%}
        {%- set status = rule_status(
            rule, counts.ready, known.problem, known.build_problem, known.waits_for,
            rule.not_due or behind, unusual
        ) -%}
        {%- if status[0] in ['stopped', 'blocked'] -%}
            {%- do known.update({'waits_for': known.waits_for or rule.id}) -%}
        {%- endif -%}
        {%- do lines.append(dict(counts,
            rule=rule, cutoff=until.cutoff, goes_on=until.goes_on,
            unusual=unusual, why=status[1],
            status='what if' if (what_if or read_only) and status[0] in [
                'ready', 'approval needed', 'unusual'
            ] else status[0],
            details=tojson({
                'spared': counts.spared,
                'takes_seconds': counts.ready / (
                    speeds[rule.id] or speeds[rule.layer]
                ) if counts.ready and (rule.id in speeds or rule.layer in speeds)
                else none,
                'stays': why_rows_stay(rule, counts, known.holds),
                'advice': plan_advice(rule) if not (
                    missing_table([stream.source])
                    or known.is_there and known.missing
                ) else [],
            }),
        )) -%}
    {%- endfor -%}

    {%- if not lines -%}
        {%- do log('No rule of those runs then: nothing to do.', info=true) -%}
        {%- do log('result: ' ~ tojson({'digest': none, 'pending': 0})) -%}
        {%- do return(none) -%}
    {%- endif -%}

    {%- set text = [as_of] -%}
    {%- for line in lines -%}
        {%- do text.append(line.rule.id ~ line.rule.digest ~ line.cutoff ~ line.ready) -%}
    {%- endfor -%}
    {#- A letter first, so that no program takes it for a number. -#}
    {%- set digest = ('what-if-' if what_if or read_only else 'p')
        ~ local_md5(text | join('|'))[:11] -%}
    {%- set plan = plan_rows(digest, as_of, lines, build) -%}
    {%- if not read_only -%}
        {%- do run_query(write_plan(digest, plan)) -%}
    {%- endif -%}
    {%- do print_plan(digest, plan) -%}
    {%- do return(digest) -%}
{%- endmacro %}
