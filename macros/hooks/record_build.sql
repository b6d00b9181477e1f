{% macro record_build(results) %}
{%- if execute and results %}
insert into {{ retention_table('build') }} (build_id, node, status)
values
{%- for result in results %}
    ('{{ invocation_id }}', '{{ result.node.unique_id }}', '{{ result.status }}')
    {{- ',' if not loop.last }}
{%- endfor %}
on conflict (build_id, node) do update
set status = excluded.status, finished_at = excluded.finished_at
{%- endif -%}
{% endmacro %}
