{% macro chain_check() %}
-- Every entry: is its hash that of its content, and does it follow the entry
-- that stands before it?
with written as (
    select
        ledger.*,
        lag(ledger.entry) over in_order as entry_before,
        coalesce(lag(ledger.hash) over in_order, (
            select anchor.hash from {{ retention_table('ledger_anchor') }} as anchor
            order by anchor.entry desc
            limit 1
        )) as hash_before,
        {{ ledger_hash('ledger') }} as hash_found
    from {{ retention_table('ledger') }} as ledger
    window in_order as (order by ledger.entry)
),

broken as (
    select
        written.*,
        (
            select origin.entry from written as origin
            where origin.hash = written.previous_hash
            limit 1
        ) as written_after
    from written
    where written.hash is distinct from written.hash_found
    or written.previous_hash is distinct from written.hash_before
    or written.form is distinct from 1
    order by written.entry
    limit 1
)

select
    (select count(*) from written) as entries,
    (
        select written.hash from written order by written.entry desc limit 1
    ) as head,
    (
        select
            case
                when broken.hash is null then format(
                    'Entry %s of the ledger was inserted: it has no hash.',
                    broken.entry
                )
                when broken.form is distinct from 1 then format(
                    'Entry %s of the ledger is of form %s, which this code does'
                    ' not know: it was changed, or newer code wrote it and'
                    ' verifies it.', broken.entry, broken.form
                )
                when broken.hash <> broken.hash_found then format(
                    'Entry %s of the ledger was changed: its hash is not that of'
                    ' its content.', broken.entry
                )
                when broken.entry_before is null then format(
                    'Entry %s of the ledger was written after another one, and'
                    ' is the first: those before it were removed.', broken.entry
                )
                when broken.written_after is not null
                    or broken.previous_hash is null then format(
                    'Entry %s of the ledger was inserted: entry %s was written'
                    ' after %s.', (
                        select min(inserted.entry)
                        from written as inserted
                        where inserted.entry > coalesce(broken.written_after, -1)
                    ), broken.entry,
                    coalesce('entry ' || broken.written_after, 'none')
                )
                else format(
                    'Entry %s of the ledger was not written after entry %s, which'
                    ' stands before it: one between them was removed, or entry'
                    ' %s was changed and hashed anew.',
                    broken.entry, broken.entry_before, broken.entry_before
                )
            end
        from broken
    ) as problem
{% endmacro %}
