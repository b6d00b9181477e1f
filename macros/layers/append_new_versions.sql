{% macro append_new_versions(relation, query) %}
{%- set columns = model.columns | list -%}
{%- set key = config.require('unique_key') -%}
{%- set content = columns | reject('eq', '_extracted_at') | list -%}
{%- set emptied = emptied_at(upstream().node, 'incoming', as_of()) %}
-- A row whose content is not that of its newest version here is a new version;
-- a table of entities is small enough to be compared whole, and a cursor would
-- miss what commits late.
with moment as (
    -- Later than each version before, whatever the clock says: one that has gone
    -- since was staged, and what comes at the same moment would not be newer.
    select greatest(
        {{ as_of() }}, max(account.loaded_at) + interval '1 microsecond'
    ) as extracted_at
    from {{ retention_table('load') }} as account
    where account.relation = '{{ relation.identifier }}'
),

newest as (
    select distinct on ({{ quoted_key(key) }}) *
    from {{ relation }}
    order by {{ quoted_key(key) }}, _extracted_at desc
),

incoming as (
    select
        {{ quoted_key(content, 'incoming') }},
        greatest(
            moment.extracted_at,
            newest._extracted_at + interval '1 microsecond'
        ) as _extracted_at
    from (
{{ query }}
    ) as incoming
    cross join moment
    left join newest on {{ same_key('newest', key, 'incoming', key) }}
    where newest._extracted_at is null
    or ({{ quoted_key(content, 'incoming') }})
        is distinct from ({{ kept_content(content, 'newest', emptied) }})
),

{{ adapter.quote(relation.identifier) }} as (
    insert into {{ relation }} ({{ quoted_key(columns) }})
    select {{ quoted_key(columns) }} from incoming
    returning _extracted_at
)

-- The account: what came in, written with it.
insert into {{ retention_table('load') }} (relation, bucket, rows, loaded_at)
select
    '{{ relation.identifier }}',
    (appended._extracted_at at time zone 'UTC')::date,
    count(*),
    max(appended._extracted_at)
from {{ adapter.quote(relation.identifier) }} as appended
group by 2
{% endmacro %}
