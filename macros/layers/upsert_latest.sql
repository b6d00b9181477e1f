{% macro upsert_latest(relation, query) %}
{%- set columns = model.columns | list -%}
{%- set key = config.require('unique_key') -%}
{%- set parent = upstream() -%}
{%- set version = '_version_at' if '_version_at' in parent.columns
    else '_extracted_at' -%}
{%- set kept = kept_values(parent.node, 'original') %}
-- Of each key the newest version upstream, where it is not the one held here.
with {{ parent.name }} as (
    select distinct on ({{ quoted_key(parent.key, 'incoming') }}) incoming.*
    from {{ parent.relation }} as incoming
    where not exists (
        select from {{ relation }} as present
        where {{ same_key('present', key, 'incoming', parent.key) }}
        and present._version_at >= incoming.{{ version }}
        {%- if '_gone_at' in parent.columns %}
        and present._gone_at is not distinct from incoming._gone_at
        {%- endif %}
    )
    order by {{ quoted_key(parent.key, 'incoming') }}, incoming.{{ version }} desc
),

treated as materialized (
{{ query | replace(parent.relation | string, parent.name) }}
),

upserted as (
    insert into {{ relation }} ({{ quoted_key(columns) }})
    {%- if kept %}
    -- What was made of a value that a rule has emptied since stays.
    select
    {%- for column in columns %}
        {%- if column in kept %}
        coalesce(
            treated.{{ adapter.quote(column) }},
            case when {{ kept[column] }}
                then present.{{ adapter.quote(column) }} end
        ) as {{ adapter.quote(column) }}
        {%- else %}
        treated.{{ adapter.quote(column) }}
        {%- endif -%}
        {{ ',' if not loop.last }}
    {%- endfor %}
    from treated
    inner join {{ parent.name }} as original
        on {{ same_key('original', parent.key, 'treated', key) }}
    left join {{ relation }} as present
        on {{ same_key('present', key, 'treated', key) }}
    {%- else %}
    select {{ quoted_key(columns, 'treated') }} from treated
    {%- endif %}
    on conflict ({{ quoted_key(key) }}) do update
    set
    {%- for column in columns if column not in key %}
        {{ adapter.quote(column) }} = excluded.{{ adapter.quote(column) }}
        {{- ',' if not loop.last }}
    {%- endfor %}
)

-- The account: keys that were not here before.
insert into {{ retention_table('load') }} (relation, bucket, rows, loaded_at)
select
    '{{ relation.identifier }}',
    (treated._version_at at time zone 'UTC')::date,
    count(*),
    {{ as_of() }}
from treated
where not exists (
    select from {{ relation }} as present
    where {{ same_key('present', key, 'treated', key) }}
)
group by 2
{% endmacro %}
