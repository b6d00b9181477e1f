{% test conserves_rows(model) %}
{# Rows in the mart = living rows + sealed rows, bucket by bucket, where no
   build is queued and the bucket is not past its time; and the sealed rows are
   those that the ledger says were sealed and not let go of since. It would hide
   a row counted twice, or not at all. #}
{%- if execute %}
{%- set rollup = graph.nodes.values()
    | selectattr('config.materialized', 'equalto', 'rollup')
    | selectattr('alias', 'equalto', model.identifier) | first %}
{%- set staging = graph.nodes[rollup.depends_on.nodes[0]] %}
{%- set bucket = adapter.quote(rollup.config.meta.rollup.bucket) %}
{%- set registered = run_query(
    "select query from " ~ retention_table('rollup')
    ~ " where rollup = '" ~ model.identifier ~ "'"
).rows if run_query(
    "select to_regclass('" ~ retention_table('rollup') ~ "') is not null"
).rows[0][0] else [] %}
{%- if not registered %}
-- Compiled before its first build: nothing says where its rows come from.
select * from {{ model }}
{%- else %}
{%- set query = registered[0][0] %}
{%- set first_kept = kept_from(rollup, as_of()) %}
with {{ adapter.quote(staging.alias) }} as (
    select * from {{ node_relation(staging) }}
),

alive_and_sealed as (
    select living.{{ bucket }} as bucket, living._rows
    from (
{{ query }}
    ) as living
    union all
    select sealed.{{ bucket }}, sealed._rows
    from {{ sealed_relation(rollup) }} as sealed
),

expected as (
    select bucket, sum(_rows) as _rows
    from alive_and_sealed
    group by 1
),

found as (
    select mart.{{ bucket }} as bucket, sum(mart._rows) as _rows
    from {{ model }} as mart
    group by 1
)

select bucket, expected._rows as expected_rows, found._rows as found_rows
from expected
full outer join found using (bucket)
where expected._rows is distinct from found._rows
and {{ bucket_as_utc('bucket') }} not in (
    select touched.bucket
    from {{ retention_table('touched') }} as touched
    where touched.rollup = '{{ model.identifier }}'
)
{%- if first_kept %}
and bucket >= {{ first_kept }}
{%- endif %}
union all
select null, account._rows, sealed._rows
from (
    select coalesce(sum(
        (ledger.sealed ->> '{{ model.identifier }}')::numeric
    ), 0) as _rows
    from {{ retention_table('ledger') }} as ledger
    where ledger.outcome = 'let go'
) as account
cross join (
    select coalesce(sum(sealed._rows), 0) as _rows
    from {{ sealed_relation(rollup) }} as sealed
) as sealed
where account._rows <> sealed._rows
{%- endif %}
{%- endif %}
{% endtest %}
