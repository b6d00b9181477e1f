{% macro keep_undoable(rule, stream, relation, alias, which, batch, using) %}
{%- set shape = shape_at_source(stream) if grace_of(stream) else {'missing': true} %}
{%- if not shape.missing %}

            -- Undo: raw keeps the copies of these rows for {{ grace_of(stream) }} more.
            execute $sql$
                insert into {{ retention_table('undoable') }}
                    (run_id, rule, stream, columns, digests, let_go_at)
                select
                    '{{ batch.run_id }}',
                    '{{ rule.id }}',
                    '{{ stream.name }}',
                    array['{{ shape.columns | join("', '") }}'],
                    array_agg({{ row_digest(stream, shape.columns, alias) }}),
                    {{ batch.as_of }}
                from {{ relation }} as {{ alias }}
                where {{ which }}
                having count(*) > 0
            $sql$ {{ using }};
{%- endif %}
{% endmacro %}
