{% macro type_of_their_own(type) -%}
(
    select jsonb_build_object(
        'schema', place.nspname,
        'name', own.typname,
        'as', case when base.typnamespace = 'pg_catalog'::regnamespace
            then format_type(base.oid, own.typtypmod) else 'text' end
    )
    from pg_type as known
    inner join pg_type as own
        on own.oid = case known.typcategory
            when 'A' then known.typelem else known.oid end
    inner join pg_namespace as place
        on place.oid = own.typnamespace and place.nspname <> 'pg_catalog'
    left join pg_type as base on base.oid = own.typbasetype
    where known.oid = {{ type }}
)
{%- endmacro %}
