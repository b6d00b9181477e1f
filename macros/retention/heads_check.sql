{% macro heads_check(heads) %}
-- Every head that was noted outside the database: is it in the chain, at its
-- place? A ledger that was cut off, or written anew, is a good chain, too.
with known as (
    select known.*
    from jsonb_to_recordset(
        '{{ tojson(heads) | replace("'", "''") }}'
    ) as known (
        warehouse text, entry bigint, hash text, entries bigint, as_of text
    )
    inner join {{ retention_table('database') }} as here
        on known.warehouse = here.warehouse_id::text
),

anchor as (
    select * from {{ retention_table('ledger_anchor') }}
    order by entry desc
    limit 1
),

-- With the last one of those that were old enough to go.
written as (
    select
        ledger.entry,
        ledger.hash,
        row_number() over (order by ledger.entry)
            + coalesce((select anchor.entries from anchor), 0) as place
    from {{ retention_table('ledger') }} as ledger
    union all
    select anchor.entry, anchor.hash, anchor.entries from anchor
),

lost as (
    select known.*, written.hash as hash_found, written.place
    from known
    left outer join written on known.entry = written.entry
    where (
        written.hash is distinct from known.hash
        or written.place is distinct from known.entries
    )
    and not exists (
        select from anchor
        where known.entry < anchor.entry
        and known.as_of::timestamptz
            < anchor.cut_at - interval '{{ ledger_keep() }}'
    )
    order by known.entry, known.as_of
    limit 1
)

select
    (select count(*) from known) as heads,
    (select count(*) from {{ retention_table('ledger') }}) as entries,
    (
        select
            case
                when lost.place is null then format(
                    'Entry %s, the last one of the ledger as of %s, is not there'
                    ' any more: the ledger was cut off.', lost.entry, lost.as_of
                )
                when lost.hash_found is distinct from lost.hash then format(
                    'Entry %s is not the one that was the last of the ledger as'
                    ' of %s: the ledger was written anew.', lost.entry, lost.as_of
                )
                else format(
                    'As of %s entry %s was the last of %s entries of the ledger,'
                    ' and is number %s now: others were removed or inserted.',
                    lost.as_of, lost.entry, lost.entries, lost.place
                )
            end
        from lost
    ) as problem
{% endmacro %}
