{% macro unusual_volume(rule, volume) -%}
    {#- Over ten times the median of what its last runs let go of (and over 1,000
        rows), or over half of the table where a quarter is more than usual (and
        over 100 rows). Rows that a person has read of in a plan of the last
        week, and that have not gone yet, do not count again. -#}
    {%- if volume <= 100 -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set found = run_query(
        "with entries as (
            select run_id, rule, rows, entry, recorded_at
            from " ~ retention_table('ledger') ~ "
            where relation = '" ~ rule.relation.identifier ~ "'
            and outcome <> 'put back'
            order by entry desc
            limit 10000
        ),

        runs as (
            select sum(rows) as rows
            from entries
            where rule = '" ~ rule.id ~ "'
            group by run_id
            having sum(rows) > 0
            order by max(entry) desc
            limit 10
        ),

        approved as (
            select plan.ready, approval.approved_at
            from " ~ retention_table('approval') ~ " as approval
            inner join " ~ retention_table('plan') ~ " as plan
                on plan.digest = approval.digest and plan.rule = approval.rule
            where approval.rule = '" ~ rule.id ~ "'
            and approval.rule_digest = '" ~ rule.digest ~ "'
            and approval.approved_at > clock_timestamp() - interval '7 days'
            order by approval.approved_at desc
            limit 1
        )

        select
            count(*),
            percentile_cont(0.5) within group (order by rows)::bigint,
            greatest(0, coalesce(
                (select ready from approved) - (
                    select coalesce(sum(rows), 0) from entries
                    where rule = '" ~ rule.id ~ "'
                    and recorded_at > (select approved_at from approved)
                ), 0
            ))::bigint
        from runs"
    ).rows[0] -%}
    {%- set unread = volume - found[2] | int -%}
    {%- if found[0] < 3 or unread <= 100 -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set usual = found[1] | int -%}
    {%- set why = none -%}
    {%- if unread > 1000 and unread > 10 * usual -%}
        {%- set why = (volume / usual) | round | int ~ ' times its usual '
            ~ '{:,}'.format(usual) -%}
    {%- else -%}
        {%- set table_rows = count_rows(rule.relation, 'true') -%}
        {%- if unread * 2 > table_rows and usual * 4 < table_rows -%}
            {%- set why = 'over half of its ' ~ '{:,}'.format(table_rows)
                ~ ' (its usual is ' ~ '{:,}'.format(usual) ~ ')' -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(
        rule.id ~ ' would let go of ' ~ '{:,}'.format(volume) ~ ' rows, ' ~ why
        ~ ': if that is right, `warehouse approve DIGEST`.' if why else none
    ) -%}
{%- endmacro %}
