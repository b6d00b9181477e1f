{% macro pinned_source(source) -%}
    {%- set row = run_query(
        "select
            system_identifier, database, remote ->> 'schema',
            remote -> 'tables' -> '" ~ source.identifier ~ "' ->> 'oid'
        from " ~ retention_table('source') ~ "
        where source = '" ~ source.source_name ~ "'"
    ).rows[0] -%}
    {%- do return({
        'system': row[0], 'database': row[1], 'oid': row[3],
        'relation': api.Relation.create(
            schema=row[2], identifier=source.identifier
        ),
    }) -%}
{%- endmacro %}
