{% macro look_at_source(tables, rules, schema) -%}
select jsonb_build_object(
    'system', (select system_identifier::text from pg_control_system()),
    'database', current_database(),
    'is_standby', pg_is_in_recovery(),
    -- A pooler hands out a process of its own making.
    'process', pg_backend_pid(),
    'remote', ({{ seen_at_source(tables, "'" ~ schema ~ "'", 'current_database()') }}),
    'tables', jsonb_build_object(
        {%- for table in tables %}
        {%- set there = api.Relation.create(schema=schema, identifier=table.identifier) %}
        {%- set oid = "to_regclass('" ~ there ~ "')::oid" %}
        '{{ table.name }}', jsonb_build_object(
            'relation', $name${{ there }}$name$,
            'place', $name${{ node_place(table) }}$name$,
            'is_there', {{ oid }} is not null,
            'is_hidden', row_security_active({{ oid }}),
            'may_delete', has_table_privilege({{ oid }}, 'delete'),
            'may_update', has_any_column_privilege({{ oid }}, 'update'),
            'columns', (
                select jsonb_object_agg(
                    declared.name,
                    case
                        when part.attname is null then
                            jsonb_build_object('is_there', false)
                        else jsonb_build_object(
                            'is_there', true,
                            'type', format_type(part.atttypid, part.atttypmod),
                            'declared', declared.type,
                            'is_declared', coalesce(
                                to_regtype(declared.type) = part.atttypid, false
                            ),
                            'may_read', has_column_privilege(
                                {{ oid }}, part.attnum, 'select'
                            ),
                            'own_type', {{ type_of_their_own('part.atttypid') | indent(28) }}
                        )
                    end
                )
                from (
                    values
                    {%- for column in table.columns.values() %}
                    ('{{ column.name }}', '{{ column.data_type }}')
                    {{- ',' if not loop.last }}
                    {%- endfor %}
                ) as declared (name, type)
                left join pg_attribute as part
                    on part.attrelid = {{ oid }}
                    and part.attname = declared.name
                    and part.attnum > 0
                    and not part.attisdropped
            )
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ),
    'rules', jsonb_build_array(
        {%- for rule in rules %}
        {%- set there = api.Relation.create(
            schema=schema, identifier=rule.relation.identifier
        ) %}
        jsonb_build_object(
            'id', '{{ rule.id }}',
            'table', '{{ rule.node.name }}',
            'right', '{{ 'delete' if rule.then == 'delete' else 'update' }}',
            'advice', case when not {{ has_clock_index(rule, there) }}
                then $text${{ clock_index_advice(rule, there) }}$text$ end
        ){{ ',' if not loop.last }}
        {%- endfor %}
    )
)
{%- endmacro %}
