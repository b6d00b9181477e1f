{% macro cut_ledger(run_id, digest, as_of) -%}
{%- set ledger = retention_table('ledger') -%}
{%- set anchors = retention_table('ledger_anchor') -%}
do $cut$
-- Entries over {{ ledger_keep() }} old go, from the chain's beginning; one stays
-- always. What they add up to stays, too, as entries of now: no account
-- changes.
declare
    last_old {{ ledger }}%rowtype;
    old record;
    written {{ ledger }}%rowtype;
begin
    lock table {{ retention_table('gate') }} in exclusive mode;
    select * into last_old
    from {{ ledger }}
    where entry < coalesce(
        (
            select min(entry) from {{ ledger }}
            where recorded_at >= clock_timestamp() - interval '{{ ledger_keep() }}'
        ),
        (select max(entry) from {{ ledger }})
    )
    order by entry desc
    limit 1;
    if not found then
        return;
    end if;

    for old in
        with leaving as (
            select *, jsonb_build_object(
                'then', coalesce(rule_text -> 'then', '"delete"')
            ) as done
            from {{ ledger }}
            where entry <= last_old.entry and rows <> 0
        ),

        sealed as (
            select stream, layer, relation, done, key, sum(value::bigint) as counted
            from leaving
            cross join lateral jsonb_each_text(leaving.sealed)
            group by 1, 2, 3, 4, 5
        )

        select
            stream, layer, relation, done,
            sum({{ rows_let_go('leaving') }}) as rows,
            min(first_clock) as first_clock, max(last_clock) as last_clock,
            coalesce((
                select jsonb_object_agg(sealed.key, sealed.counted)
                from sealed
                where (sealed.stream, sealed.layer, sealed.relation, sealed.done)
                    = (leaving.stream, leaving.layer, leaving.relation, leaving.done)
            ), '{}') as sealed
        from leaving
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4
    loop
                written.run_id := '{{ run_id }}';
                written.digest := '{{ digest }}';
                written.rule := 'carried over';
                written.rule_text := old.done;
                written.stream := old.stream;
                written.layer := old.layer;
                written.relation := old.relation;
                written.as_of := {{ as_of }};
                written.first_clock := old.first_clock;
                written.last_clock := old.last_clock;
                written.rows := old.rows;
                written.sealed := old.sealed;
                written.outcome := 'carried over';
                written.attempts := 1;
                written.took := interval '0';
                {{ chain_entry() }}
    end loop;

    insert into {{ anchors }} (entry, hash, entries)
    select
        last_old.entry,
        last_old.hash,
        (select count(*) from {{ ledger }} where entry <= last_old.entry)
        + coalesce((select max(earlier.entries) from {{ anchors }} as earlier), 0);
    delete from {{ ledger }} where entry <= last_old.entry;
end
$cut$
{%- endmacro %}
