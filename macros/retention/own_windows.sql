{% macro own_windows() -%}
    {#- How long our own tables keep their rows (X9). `own` is the row. What is
        left out is the state of today (database, source, rollup, treatment,
        touched, hold) or has a window of its own (ledger). An output_file is
        seen while its row or itself is there. -#}
    {%- set superseded = "exists (
        select from " ~ retention_table('build') ~ " as newer
        where newer.node = own.node and newer.finished_at > own.finished_at
    )" -%}
    {%- do return([
        {'table': 'plan', 'clock': 'own.planned_at', 'keep': '1 year'},
        {
            'table': 'run', 'clock': 'own.started_at', 'keep': '1 year',
            'where': 'own.as_of < (select max(as_of) from '
                ~ retention_table('run') ~ ')',
        },
        {
            'table': 'build', 'clock': 'own.finished_at', 'keep': '1 year',
            'where': superseded,
        },
        {
            'table': 'build', 'clock': 'own.finished_at', 'keep': '30 days',
            'where': superseded ~ ' and not exists (select from '
                ~ retention_table('plan') ~ ' as named
                where named.build_id = own.build_id)',
        },
        {
            'table': 'approval', 'keep': '1 year',
            'clock': '(select min(newer.approved_at) from '
                ~ retention_table('approval') ~ ' as newer
                where newer.rule = own.rule
                and newer.approved_at > own.approved_at)',
        },
        {'table': 'output_file', 'clock': 'own.seen_at', 'keep': '1 year'},
        {'table': 'rejected', 'clock': 'own.set_aside_at', 'keep': '30 days'},
        {
            'table': 'load', 'clock': 'own.loaded_at', 'keep': '30 days',
            'then': 'sum up',
        },
    ]) -%}
{%- endmacro %}
