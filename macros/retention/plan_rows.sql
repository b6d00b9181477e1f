{% macro plan_rows(digest, as_of, lines, build) %}
select
    digest, position, rule, rule_digest, stream, layer, as_of, cutoff,
    past, ready, on_hold, unproven, undated, remembered, overdue_hours, status,
    why, build_id, goes_on, droppable, unusual, details
from {{ retention_table('plan') }}
where false
union all
values
{%- for line in lines %}
    (
        '{{ digest }}', {{ loop.index }}, '{{ line.rule.id }}',
        '{{ line.rule.digest }}', '{{ line.rule.stream.name }}',
        '{{ line.rule.layer }}', ({{ as_of }})::timestamptz,
        ({{ line.cutoff or 'null' }})::timestamptz,
        {{ line.past }}, {{ line.ready }}, {{ line.on_hold }},
        {{ line.unproven }}, {{ line.undated }}, {{ line.remembered }},
        ({{ line.overdue_hours if line.overdue_hours is not none else 'null' }})::bigint,
        '{{ line.status }}',
        $why${{ line.why | replace('DIGEST', digest) }}$why$,
        nullif('{{ (build or "") | replace("'", "''") }}', ''),
        {{ line.goes_on }}, {{ line.get('droppable', 0) }},
        nullif($why${{ (line.unusual or '') | replace('DIGEST', digest) }}$why$, ''),
        '{{ line.details | replace("'", "''") }}'::jsonb
    )
    {{- ',' if not loop.last }}
{%- endfor %}
{% endmacro %}
