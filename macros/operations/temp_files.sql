{% macro temp_files(as_of=none, code_version='') -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- set as_of = run_moment(as_of) -%}
    {%- do check_as_of(as_of) -%}
    {%- set found = [] -%}
    {%- for rule in retention_rules(as_of)
        if rule.layer == 'source' and rule.interval and rule.then == 'delete'
        and rule.stream.source.config.meta.get('files') -%}
        {%- set stream = rule.stream -%}
        {%- set before = cutoff(as_of, rule.interval) -%}
        {#- As for the rows themselves. -#}
        {%- set problem = stream_problem(stream, as_of) -%}
        {%- set status = rule_status(
            rule, 1, problem, build_problem(stream, none), none
        ) -%}
        {#- A row on hold is there, and so its files stay; this holds the others. -#}
        {%- set holds = [] if problem else active_holds(stream, as_of)
            | selectattr('source', 'equalto', 'true') | list -%}
        {%- if holds and status[0] == 'ready' -%}
            {%- set status = ['on hold', 'Hold ' ~ holds[0].hold_id ~ ' is on all of '
                ~ stream.name ~ ' until ' ~ holds[0].until ~ '.'] -%}
        {%- endif -%}
        {%- set moments = run_query(
            "select
                to_char(" ~ as_of ~ " at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
                (extract(epoch from " ~ before ~ ") * 1000000)::bigint::text"
        ).rows[0] -%}
        {%- do found.append({
            'stream': stream.name,
            'variable': stream.source.config.meta.files.folder,
            'keep': rule.keep,
            'as_of': moments[0] ~ ' UTC',
            'cutoff': moments[1] | int,
            'status': status[0],
            'why': status[1],
            'sql': temp_files_sql(rule, {
                'run_id': invocation_id, 'as_of': as_of, 'cutoff': before,
                'code_version': code_version,
            }),
        }) -%}
    {%- endfor -%}
    {%- do log('result: ' ~ tojson({'folders': found})) -%}
{%- endmacro %}
