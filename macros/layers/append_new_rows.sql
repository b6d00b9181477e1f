{% macro append_new_rows(
    relation, query, key_is_built=true, after=none, most=none, are_new=false,
    late='1 day'
) %}
{%- set columns = quoted_key(model.columns | list) -%}
{%- set key = config.require('unique_key') -%}
{%- set parent = upstream() -%}
{%- set rollups = run_query(
    "select rollup, shape ->> 'bucket', query from " ~ retention_table('rollup')
    ~ " where staging = '" ~ relation.identifier ~ "' order by rollup"
).rows -%}
{%- set source = graph.sources.get(model.depends_on.nodes[0]) -%}
{%- set stream = {
    'name': source.source_name ~ '.' ~ source.name,
    'kind': source.config.meta.capture.kind,
    'source': source,
} if source else {} -%}
{#- By key, unless all there is comes in anyway. -#}
{%- set by_key = source and not most and is_connected(source) and run_query(
    'select exists (select from ' ~ relation ~ ')'
).rows[0][0] -%}
{%- set remembers = has_memory(stream) -%}
{%- set bucket = memory_bucket(
    clock_as_utc(source, source.config.meta.capture.clock, 'incoming')
) if remembers %}
-- The rows that are new here, by key, not by a watermark: one that commits late
-- is new all the same. Found first, so that only these are treated.
with
{%- if by_key %}
{{ new_keys(relation, key, parent, source, late) }}
{%- elif most %}
{{ next_rows(relation, parent, after, most) }}
{%- endif %}
{{ 'incoming as materialized' if remembers else parent.name ~ ' as' }} (
    select * from {{ 'fetched' if most else parent.relation }} as incoming
    {%- if by_key %}
    where {{ by_new_keys(parent.key) }}
    {%- elif not are_new %}
    where not exists (
        select from {{ relation }} as present
        where {{ same_key('present', key, 'incoming', parent.key) }}
    )
    {{- sampled(source, 'incoming') }}
    {%- endif %}
),
{%- if remembers %}

-- What has been here before and was let go of is not new: of the days that
-- something comes in of, memory knows.
remembered as materialized (
    select
        memory.bucket,
        known.digest
    from {{ retention_table('memory') }} as memory
    cross join unnest(memory.digests) as known (digest)
    where memory.stream = '{{ stream.name }}'
    and memory.bucket in (
        select {{ bucket }} from incoming
    )
),

{{ parent.name }} as (
    select * from incoming
    where not exists (
        select from remembered
        where remembered.bucket = {{ bucket }}
        and remembered.digest = {{ memory_digest(stream, source, 'incoming') }}
    )
),
{%- endif %}

{{ adapter.quote(relation.identifier) }} as (
    insert into {{ relation }} ({{ columns }})
    select {{ columns }}
    from (
{{ query | replace(parent.relation | string, parent.name) }}
    ) as treated
    {%- if key_is_built and not config.get('partition_grain') %}
    on conflict ({{ quoted_key(key) }}) do nothing
    {%- endif %}
    -- Kept in memory until the end: what the account and the queue need.
    returning {{ '*' if rollups else '_clock' }}
),

-- The account: what came in, written with it.
loaded as (
    insert into {{ retention_table('load') }}
        (relation, bucket, rows, loaded_at)
    select
        '{{ relation.identifier }}',
        (appended._clock at time zone 'UTC')::date,
        count(*),
        {{ as_of() }}
    from {{ adapter.quote(relation.identifier) }} as appended
    group by 2
)
{%- for rollup, bucket, rollup_query in rollups %},

-- The buckets of {{ rollup }} that these rows fall into.
touched_{{ loop.index }} as (
    insert into {{ retention_table('touched') }} (rollup, bucket)
    select distinct
        '{{ rollup }}',
        {{ bucket_as_utc('rolled.' ~ bucket) }}
    from (
{{ rollup_query }}
    ) as rolled
)
{%- endfor %}

select count(*) from {{ adapter.quote(relation.identifier) }}
{% endmacro %}
