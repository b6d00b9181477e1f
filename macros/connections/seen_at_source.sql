{% macro seen_at_source(sources, schema, database, catalog='pg_catalog.pg_') -%}
select jsonb_build_object(
    'schema', {{ schema }},
    'database', (
        select base.oid::text || ' ' || base.datname
        from {{ catalog }}database as base
        where base.datname = {{ database }}
    ),
    'tables', (
        select jsonb_object_agg(seen.relname, jsonb_build_object(
            'oid', seen.oid::text,
            'columns', (
                select jsonb_object_agg(
                    part.attname,
                    part.atttypid::text || ' ' || part.atttypmod::text
                )
                from {{ catalog }}attribute as part
                where part.attrelid = seen.oid
                and not part.attisdropped
                and (seen.relname::text, part.attname::text) in (
                    {%- for source in sources -%}
                        {%- set first = loop.first -%}
                        {%- for column in source.columns -%}
                            {{ '' if first and loop.first else ', ' }}(
                            {{- "'" ~ source.identifier ~ "', '" ~ column ~ "'" }})
                        {%- endfor -%}
                    {%- endfor -%}
                )
            )
        ))
        from {{ catalog }}class as seen
        inner join {{ catalog }}namespace as place on place.oid = seen.relnamespace
        where place.nspname = {{ schema }}
        and seen.relname in (
            {{- "'" ~ sources | map(attribute='identifier') | join("', '") ~ "'" }})
    )
)
{%- endmacro %}
