{% macro write_plan(digest, plan) %}
delete from {{ retention_table('plan') }} where digest = '{{ digest }}';
insert into {{ retention_table('plan') }} (
    digest, position, rule, rule_digest, stream, layer, as_of, cutoff,
    past, ready, on_hold, unproven, undated, remembered, overdue_hours, status,
    why, build_id, goes_on, droppable, unusual, details
)
{{ plan }}
{% endmacro %}
