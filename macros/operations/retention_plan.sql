{% macro retention_plan(as_of=none, build=none, what_if=none) -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {#- Now is what the server's clock says: ours may be ahead of it. -#}
    {%- set as_of = moment(as_of or var('as_of', none) or run_query(
        "select to_char(
            clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'
        ) || 'Z'"
    ).rows[0][0]) -%}
    {%- do check_as_of(as_of) -%}
    {%- set lines = [] -%}
    {%- set known = {} -%}
    {%- set speeds = letting_go_speeds() -%}
    {%- for rule in what_if_rules(retention_rules(as_of), what_if) -%}
        {%- set stream = rule.stream -%}
        {%- if stream.name != known.get('stream') -%}
            {%- do known.update({
                'stream': stream.name,
                'missing': missing_table([stream.source] + stream_models(stream)),
                'problem': stream_problem(stream, as_of),
                'build_problem': build_problem(stream, build),
                'holds': active_holds(stream, as_of),
                'waits_for': none, 'copies': 0, 'cutoff': none,
            }) -%}
        {%- endif -%}
        {%- set rule_cutoff = cutoff(as_of, rule.interval) if rule.interval else none -%}
        {%- if rule.keep == 'forever' or known.missing -%}
            {%- set counts = {
                'past': 0, 'ready': 0, 'on_hold': 0, 'undated': 0, 'unproven': 0,
                'overdue_hours': none, 'copies': 0, 'spared': 0
            } -%}
        {%- else -%}
            {%- set counts = plan_counts(rule, rule_cutoff, known) -%}
        {%- endif -%}
        {%- if rule.layer == 'source' -%}
            {%- do known.update({
                'copies': known.copies + counts.copies,
                'cutoff': known.cutoff or rule_cutoff,
            }) -%}
        {%- endif -%}
        {#- Copies of what goes first in this plan are as many as their originals. -#}
        {%- set unusual = unusual_volume(
            rule, counts.ready - (known.copies if rule.layer == 'raw' else 0)
        ) -%}
        {%- set status = rule_status(
            rule, counts.ready, known.problem, known.build_problem,
            known.waits_for, unusual
        ) -%}
        {%- if status[0] in ['stopped', 'blocked'] -%}
            {%- do known.update({'waits_for': known.waits_for or rule.id}) -%}
        {%- endif -%}
        {%- do lines.append(dict(counts,
            rule=rule, cutoff=rule_cutoff, unusual=unusual, why=status[1],
            status='what if' if what_if and status[0] in [
                'ready', 'approval needed', 'unusual'
            ] else status[0],
            details=tojson({
                'spared': counts.spared,
                'takes_seconds': counts.ready / (
                    speeds[rule.id] or speeds[rule.layer]
                ) if counts.ready and (rule.id in speeds or rule.layer in speeds)
                else none,
                'stays': why_rows_stay(rule, counts, known.holds),
                'advice': none if missing_table([stream.source])
                    else missing_clock_index(rule),
            }),
        )) -%}
    {%- endfor -%}

    {%- set text = [as_of] -%}
    {%- for line in lines -%}
        {%- do text.append(line.rule.id ~ line.rule.digest ~ line.cutoff ~ line.ready) -%}
    {%- endfor -%}
    {#- A letter first, so that no program takes it for a number. -#}
    {%- set digest = ('what-if-' if what_if else 'p')
        ~ local_md5(text | join('|'))[:11] -%}
    {%- do run_query(write_plan(digest, as_of, lines, build)) -%}
    {%- do print_plan(digest) -%}
    {%- do return(digest) -%}
{%- endmacro %}
