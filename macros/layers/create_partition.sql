{% macro create_partition(relation, grain) -%}
    {#- What is there counts by its real bounds: a partition may be wider than
        its name says, and a new one ends where the next begins. -#}
    {%- set bounds = run_query(
        "with nominal as (
            select
                low at time zone 'UTC' as low,
                (low + interval '1 " ~ grain ~ "') at time zone 'UTC' as high
            from date_trunc(
                '" ~ grain ~ "', " ~ as_of() ~ " at time zone 'UTC'
            ) as low
        ),

        bounds as (
            select pg_get_expr(c.relpartbound, c.oid) as bound
            from pg_inherits as i
            inner join pg_class as c on c.oid = i.inhrelid
            where i.inhparent = to_regclass('"
                ~ relation.include(database=false) ~ "')
        ),

        there as (
            select
                coalesce(
                    substring(bound from 'FROM \\(''([^'']*)''\\)'), '-infinity'
                )::timestamptz as low,
                coalesce(
                    substring(bound from 'TO \\(''([^'']*)''\\)'), 'infinity'
                )::timestamptz as high
            from bounds
            where bound <> 'DEFAULT'
        ),

        free as (
            select
                greatest(nominal.low, max(there.high) filter (
                    where there.high <= " ~ as_of() ~ "
                )) as low,
                least(nominal.high, min(there.low) filter (
                    where there.low > " ~ as_of() ~ "
                )) as high,
                coalesce(bool_or(
                    there.low <= " ~ as_of() ~ " and there.high > " ~ as_of() ~ "
                ), false) as is_there
            from nominal
            left join there on true
            group by nominal.low, nominal.high
        )

        select
            to_char(low at time zone 'UTC', 'YYYYMMDD'),
            low at time zone 'UTC' || '+00',
            high at time zone 'UTC' || '+00'
        from free
        where not is_there"
    ).rows -%}
    {%- if bounds -%}
        {%- set partition = relation.incorporate(
            path={'identifier': relation.identifier ~ '__' ~ bounds[0][0]}
        ) -%}
        {#- Created, then attached: that takes a weaker lock on the table than
            `create table ... partition of`, and readers go on. -#}
        {% call statement('create_partition') -%}
            create table {{ partition }} (like {{ relation }} including all);
            alter table {{ relation }} attach partition {{ partition }}
            for values from ('{{ bounds[0][1] }}') to ('{{ bounds[0][2] }}');
        {%- endcall %}
    {%- endif -%}
{%- endmacro %}
