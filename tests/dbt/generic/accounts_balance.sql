{% test accounts_balance(model) %}
{# Rows taken in = rows alive + rows let go of. It would hide a row that left
   by another way than retention, or came in uncounted. #}
with accounts as (
    select
        (
            select coalesce(sum(load.rows), 0)
            from {{ retention_table('load') }} as load
            where load.relation = '{{ model.identifier }}'
        ) as taken_in,
        (select count(*) from {{ model }}) as alive,
        (
            select coalesce(sum(ledger.rows), 0)
            from {{ retention_table('ledger') }} as ledger
            where ledger.relation = '{{ model.identifier }}'
            -- What is only changed is still there.
            and coalesce(ledger.rule_text ->> 'then', 'delete') = 'delete'
        ) as let_go
)

select * from accounts
where taken_in <> alive + let_go
{% endtest %}
