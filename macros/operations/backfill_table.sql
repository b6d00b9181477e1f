{% macro backfill_table(name=none, as_of=none) -%}
    {%- set known = {} -%}
    {%- set found = [] -%}
    {%- for stream in streams() if stream.source.config.meta.get('backfill') -%}
        {%- set alias = stream.source.config.meta.backfill.name -%}
        {%- do known.update({stream.name: alias}) -%}
        {%- if name in [none, stream.name, alias] -%}
            {%- do found.append(stream) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if found | length != 1 -%}
        {%- set there = [] -%}
        {%- for table, alias in known.items() -%}
            {%- do there.append(alias ~ ' (' ~ table ~ ')') -%}
        {%- endfor -%}
        {%- do exceptions.raise_compiler_error(
            ('Several tables could be meant' if found
                else 'No table accepts a backfill'
                ~ (' as ' ~ name if name else ''))
            ~ '; those that accept one, by meta.backfill of their source, are: '
            ~ (there | join(', ') or 'none') ~ '.'
        ) -%}
    {%- endif -%}
    {%- set stream = found[0] -%}
    {%- set problem = backfill_problem(stream.source) -%}
    {%- if problem -%}
        {%- do exceptions.raise_compiler_error(problem) -%}
    {%- endif -%}
    {%- do check_prepared() -%}
    {%- set rejected = retention_table('rejected') -%}
    {%- if not run_query(
        "select to_regclass('" ~ rejected ~ "') is not null"
    ).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'Database ' ~ target.dbname ~ ' has no table ' ~ rejected
            ~ ' for the rows of a file that cannot go in: run `dbt build` first.'
        ) -%}
    {%- endif -%}
    {%- set as_of = moment(as_of) -%}
    {%- do check_as_of(as_of) -%}

    {#- What is older leaves the table in the next night; and what is older than
        the shortest summary's first whole bucket is counted by it no more. -#}
    {%- set clock = stream.source.config.meta.capture.clock -%}
    {%- set leaves = [] -%}
    {%- set counts = [] -%}
    {%- set kept = [] -%}
    {%- set counted = [] -%}
    {%- for rule in retention_rules()
        if rule.stream.name == stream.name and rule.interval -%}
        {%- set since = cutoff(as_of, rule.interval) -%}
        {%- if rule.layer == 'source' and rule.clock == clock -%}
            {%- do leaves.append(since) -%}
            {%- do kept.append((parse_keep(rule.keep).days, rule.keep)) -%}
        {%- elif rule.layer == 'marts' and rule.node.config.materialized == 'rollup' -%}
            {%- set bucket = rule.node.config.meta.rollup.bucket -%}
            {%- set grain = 'day'
                if rule.node.columns[bucket].data_type == 'date' else 'hour' -%}
            {%- do counts.append(
                "date_trunc('" ~ grain ~ "', " ~ since
                ~ " + interval '1 " ~ grain ~ "' - interval '1 microsecond', 'UTC')"
            ) -%}
            {%- do counted.append((parse_keep(rule.keep).days, rule.keep)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set form = 'YYYY-MM-DD"T"HH24:MI:SS.US' -%}
    {%- set moments = run_query(
        "select
            to_char(" ~ as_of ~ " at time zone 'UTC', '" ~ form ~ "'),
            to_char(greatest(" ~ (leaves | join(', ') or 'null::timestamptz')
                ~ ") at time zone 'UTC', '" ~ form ~ "'),
            to_char(greatest(" ~ (counts | join(', ') or 'null::timestamptz')
                ~ ") at time zone 'UTC', '" ~ form ~ "')"
    ).rows[0] -%}
    {%- do log('result: ' ~ tojson({
        'stream': stream.name,
        'schema': stream.source.schema,
        'table': stream.source.identifier,
        'key': stream.source.config.meta.capture.key[0],
        'clock': clock,
        'keys': stream.source.config.meta.backfill['keys'],
        'as_of': moments[0],
        'kept_since': moments[1],
        'kept': (kept | sort | first)[1] if kept else '',
        'counted_since': moments[2],
        'counted': (counted | sort | first)[1] if counted else '',
        'rejected': [generate_schema_name('retention') | trim, 'rejected'],
    })) -%}
{%- endmacro %}
