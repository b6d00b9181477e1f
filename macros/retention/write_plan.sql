{% macro write_plan(digest, as_of, lines, build) %}
delete from {{ retention_table('plan') }} where digest = '{{ digest }}';
insert into {{ retention_table('plan') }} (
    digest, position, rule, rule_digest, stream, layer, as_of, cutoff,
    past, ready, on_hold, unproven, undated, remembered, overdue_hours, status,
    why, build_id, goes_on, droppable, unusual, details
)
values
{%- for line in lines %}
    (
        '{{ digest }}', {{ loop.index }}, '{{ line.rule.id }}',
        '{{ line.rule.digest }}', '{{ line.rule.stream.name }}',
        '{{ line.rule.layer }}', {{ as_of }}, {{ line.cutoff or 'null' }},
        {{ line.past }}, {{ line.ready }}, {{ line.on_hold }},
        {{ line.unproven }}, {{ line.undated }}, {{ line.remembered }},
        {{ line.overdue_hours if line.overdue_hours is not none else 'null' }}, '{{ line.status }}',
        $why${{ line.why | replace('DIGEST', digest) }}$why$,
        nullif('{{ (build or "") | replace("'", "''") }}', ''),
        {{ line.goes_on }}, {{ line.get('droppable', 0) }},
        nullif($why${{ (line.unusual or '') | replace('DIGEST', digest) }}$why$, ''),
        '{{ line.details | replace("'", "''") }}'
    )
    {{- ',' if not loop.last }}
{%- endfor %}
{% endmacro %}
