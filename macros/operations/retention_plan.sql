{% macro retention_plan(
    as_of=none,
    build=none,
    every=none,
    select=none,
    step=none,
    after=none
) -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- set as_of = run_moment(as_of) -%}
    {%- do check_as_of(as_of) -%}
    {%- set step = one_step(step) -%}
    {%- set lines = [] -%}
    {%- set known = {'children': {}} -%}
    {%- for rule in planned_rules(as_of, every, select) -%}
        {%- set stream = rule.stream -%}
        {%- if stream.name != known.get('stream') -%}
            {%- do known.update({
                'stream': stream.name,
                'missing': missing_table([stream.source] + stream_models(stream)),
                'problem': stream_problem(stream, as_of),
                'build_problem': build_problem(stream, build),
                'holds': active_holds(stream, as_of), 'as_of': as_of,
                'waits_for': none, 'copies': 0, 'going': [], 'cutoff': none,
            }) -%}
        {%- endif -%}
        {%- set until = plan_cutoff(
            rule, as_of, known.holds, none if known.missing else step, after
        ) -%}
        {%- if rule.keep == 'forever' or known.missing -%}
            {%- set counts = {
                'past': 0, 'ready': 0, 'on_hold': 0, 'undated': 0, 'unproven': 0,
                'remembered': 0,
                'overdue_hours': none, 'copies': 0
            } -%}
        {%- else -%}
            {%- set counts = plan_counts(rule, until.cutoff, known) -%}
        {%- endif -%}
        {%- if rule.layer == 'source' and not rule.not_due -%}
            {%- do known.update({
                'copies': known.copies + counts.copies,
                'cutoff': known.cutoff or until.cutoff,
            }) -%}
        {%- endif -%}
        {%- set status = rule_status(
            rule, counts.ready, known.problem, known.build_problem, known.waits_for,
            rule.not_due
        ) -%}
        {%- if status[0] in ['stopped', 'blocked'] -%}
            {%- do known.update({'waits_for': known.waits_for or rule.id}) -%}
        {%- endif -%}
        {%- do lines.append(dict(counts,
            rule=rule, cutoff=until.cutoff, status=status[0], why=status[1],
            goes_on=until.goes_on
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
    {%- set digest = 'p' ~ local_md5(text | join('|'))[:11] -%}
    {%- do run_query(write_plan(digest, as_of, lines, build)) -%}
    {%- do print_plan(digest) -%}
    {%- for line in lines if not missing_table([line.rule.stream.source]) -%}
        {%- set advice = missing_clock_index(line.rule) -%}
        {%- if advice -%}
            {%- do log('- ' ~ advice, info=true) -%}
        {%- endif -%}
        {%- set unwarned = people_to_warn_count(line.rule) -%}
        {%- if unwarned -%}
            {%- do log(
                '- ' ~ line.rule.id ~ ': ' ~ unwarned ~ ' more to be warned '
                ~ line.rule.warn.ahead ~ ' ahead: `dbt run-operation people_to_warn`'
                ~ ' lists them.', info=true
            ) -%}
        {%- endif -%}
        {%- set effects = delete_effects(line.rule) -%}
        {%- if effects -%}
            {%- do log('- ' ~ effects, info=true) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(digest) -%}
{%- endmacro %}
