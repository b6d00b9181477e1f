{% macro treat_again(relation, query) %}
{%- set key = config.require('unique_key') -%}
{%- set parent = upstream() -%}
{%- set columns = model.columns
    | reject('in', key + ['_gone_at', '_loaded_at']) | list -%}
{%- set kept = kept_values(parent.node, 'original') -%}
{%- set rollups = run_query(
    "select rollup, shape ->> 'bucket', query from " ~ retention_table('rollup')
    ~ " where staging = '" ~ relation.identifier ~ "' order by rollup"
).rows %}
-- The treatment has changed: every living row whose raw copy is still there
-- gets the new one. It counts as before, so no account changes.
create temporary table treated_again on commit drop as
with {{ parent.name }} as (
    select distinct on ({{ quoted_key(parent.key, 'incoming') }}) incoming.*
    from {{ parent.relation }} as incoming
    order by {{ quoted_key(parent.key, 'incoming') }}, incoming._extracted_at desc
)

select * from (
{{ query | replace(parent.relation | string, parent.name) }}
) as treated;
{%- if kept %}

-- What was made of a value that a rule has emptied since stays.
update treated_again as treated
set
{%- for column, emptied in kept.items() %}
    {{ adapter.quote(column) }} = coalesce(
        treated.{{ adapter.quote(column) }},
        case when {{ emptied }} then present.{{ adapter.quote(column) }} end
    )
    {{- ',' if not loop.last }}
{%- endfor %}
from {{ relation }} as present, (
    select distinct on ({{ quoted_key(parent.key, 'incoming') }}) incoming.*
    from {{ parent.relation }} as incoming
    order by {{ quoted_key(parent.key, 'incoming') }}, incoming._extracted_at desc
) as original
where {{ same_key('present', key, 'treated', key) }}
and {{ same_key('original', parent.key, 'treated', key) }};
{%- endif %}

update {{ relation }} as present
set
{%- for column in columns %}
    {{ adapter.quote(column) }} = treated.{{ adapter.quote(column) }},
{%- endfor %}
    _loaded_at = treated._loaded_at
from treated_again as treated
where {{ same_key('present', key, 'treated', key) }}
and ({{ quoted_key(columns, 'present') }})
    is distinct from ({{ quoted_key(columns, 'treated') }});
{%- for rollup, bucket, rollup_query in rollups %}

-- The buckets of {{ rollup }} that they were in, and those they are in now.
with {{ adapter.quote(relation.identifier) }} as (
    select * from {{ relation }}
)

insert into {{ retention_table('touched') }} (rollup, bucket)
select '{{ rollup }}', {{ bucket_as_utc('rolled.' ~ adapter.quote(bucket)) }}
from (
{{ rollup_query }}
) as rolled
union
select '{{ rollup }}', {{ bucket_as_utc('mart.' ~ adapter.quote(bucket)) }}
from {{ generate_schema_name('marts') }}.{{ adapter.quote(rollup) }} as mart;
{%- endfor %}
{% endmacro %}
