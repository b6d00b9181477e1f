{% test conserves_rows(model) %}
{# Rows in the mart = living rows + sealed rows, bucket by bucket, where no
   build is queued and the bucket is not past its time; and the sealed rows are
   those that the ledger says were sealed and not let go of since. It would hide
   a row counted twice, or not at all. #}
{%- if execute %}
{%- set rollup = graph.nodes.values()
    | selectattr('config.materialized', 'equalto', 'rollup')
    | selectattr('alias', 'equalto', model.identifier) | first %}
{%- set unconserved = unconserved_buckets(rollup) %}
{%- if not unconserved %}
-- Compiled before its first build: nothing says where its rows come from.
select * from {{ model }}
{%- else %}
select * from (
{{ unconserved }}
) as wrong
union all
select null, account._rows, sealed._rows
from (
    select coalesce(sum(
        (ledger.sealed ->> '{{ model.identifier }}')::numeric
    ), 0) as _rows
    from {{ retention_table('ledger') }} as ledger
    where ledger.rows > 0
) as account
cross join (
    select coalesce(sum(sealed._rows), 0) as _rows
    from {{ sealed_relation(rollup) }} as sealed
) as sealed
where account._rows <> sealed._rows
{%- endif %}
{%- endif %}
{% endtest %}
