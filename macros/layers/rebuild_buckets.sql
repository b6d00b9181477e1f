{% macro rebuild_buckets(relation, sealed, shape, query, buckets, kept_from) %}
{%- set columns = model.columns | list -%}
{%- set bucket = adapter.quote(shape.bucket) -%}
{%- set bucket_type = model.columns[shape.bucket].data_type -%}
-- Living rows and sealed ones, read in one statement, so by one snapshot: a
-- row that is being sealed meanwhile is on one side or on the other. A bucket
-- past its own time is left as it is: retention lets go of it, and a late row
-- must not bring it back.
create temporary table rebuilt on commit drop as
select
{%- for column in columns %}
    {% if column in shape.grain -%}
    both_sides.{{ adapter.quote(column) }}
    {%- else -%}
    {{ shape.measures[column] }}(both_sides.{{ adapter.quote(column) }})::
    {{- model.columns[column].data_type }} as {{ adapter.quote(column) }}
    {%- endif -%}
    {{ ',' if not loop.last }}
{%- endfor %}
from (
    select {{ quoted_key(columns, 'living') }}
    from (
{{ query }}
    ) as living
    {{ in_buckets('living', bucket, bucket_type, buckets, kept_from) }}
    union all
    select {{ quoted_key(columns, 'sealed') }}
    from {{ sealed }} as sealed
    {{ in_buckets('sealed', bucket, bucket_type, buckets, kept_from) }}
) as both_sides
group by {{ quoted_key(shape.grain, 'both_sides') }};

-- Only what differs is written.
delete from {{ relation }} as mart
{{ in_buckets('mart', bucket, bucket_type, buckets, kept_from) or 'where true' }}
and not exists (
    select from rebuilt
    where ({{ quoted_key(shape.grain, 'rebuilt') }})
        = ({{ quoted_key(shape.grain, 'mart') }})
    and ({{ quoted_key(shape.measures, 'rebuilt') }})
        is not distinct from ({{ quoted_key(shape.measures, 'mart') }})
);

insert into {{ relation }} ({{ quoted_key(columns) }})
select {{ quoted_key(columns) }} from rebuilt
on conflict ({{ quoted_key(shape.grain) }}) do nothing
{% endmacro %}
