{% macro ledger_head(as_of) -%}
    {%- set found = run_query(
        "select
            here.warehouse_id::text, last.entry, last.hash,
            (select count(*) from " ~ retention_table('ledger') ~ ") + coalesce((
                select max(anchor.entries)
                from " ~ retention_table('ledger_anchor') ~ " as anchor
            ), 0),
            to_char(" ~ as_of ~ " at time zone 'UTC',
                'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
        from " ~ retention_table('database') ~ " as here
        cross join lateral (
            select ledger.entry, ledger.hash
            from " ~ retention_table('ledger') ~ " as ledger
            order by ledger.entry desc
            limit 1
        ) as last"
    ).rows -%}
    {%- if not found -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set row = found[0] -%}
    {%- do log(
        'Head of the ledger: entry ' ~ row[1] ~ ' of ' ~ row[3] ~ ', ' ~ row[2],
        info=true
    ) -%}
    {%- do return({
        'warehouse': row[0], 'entry': row[1] | int, 'hash': row[2],
        'entries': row[3] | int, 'as_of': row[4],
    }) -%}
{%- endmacro %}
