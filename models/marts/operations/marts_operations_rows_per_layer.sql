{# How many rows each layer took in, let go of, and has. By our own accounts, as
   the tests accounts_balance and conserves_rows have found them true. #}
{{ config(enabled=var('operations_enabled')) }}

-- Which comes after all that is counted here.
-- depends_on: {{ ref('marts_operations_data_freshness') }}

with layers as (
    {{ layer_rows() }}
),

loads as (
    select
        loaded.relation,
        sum(loaded.rows) as taken_in
    from {{ retention_table('load') }} as loaded
    group by 1
),

ledger as (
    select
        entries.stream,
        entries.layer,
        entries.relation,
        sum({{ rows_let_go('entries') }}) as let_go
    from {{ retention_table('ledger') }} as entries
    -- What is only changed is still there.
    where coalesce(entries.rule_text ->> 'then', 'delete') = 'delete'
    group by 1, 2, 3
),

accounts as (
    select
        layers.stream,
        layers.layer,
        layers.relation_name,
        layers.counted_rows,
        case
            when layers.layer in ('raw', 'staging')
                then coalesce(loads.taken_in, 0)
        end as rows_taken_in,
        coalesce(ledger.let_go, 0) as rows_let_go
    from layers
    left outer join loads on layers.relation_name = loads.relation
    left outer join ledger
        on layers.stream = ledger.stream
        and layers.layer = ledger.layer
        and layers.relation_name = ledger.relation
)

select
    accounts.stream,
    accounts.layer,
    accounts.relation_name,
    accounts.rows_taken_in::bigint as rows_taken_in,
    coalesce(
        accounts.counted_rows, accounts.rows_taken_in - accounts.rows_let_go
    )::bigint as rows_alive,
    accounts.rows_let_go::bigint as rows_let_go,
    {{ as_of() }} as measured_at
from accounts
