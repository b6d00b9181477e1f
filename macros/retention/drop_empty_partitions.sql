{% macro drop_empty_partitions(relation, as_of) -%}
    {#- A partition of the past takes no more rows: the next build writes to
        today's. It is dropped only while locked and seen to be empty. -#}
    {%- set partitions = run_query(
        "select format('%I.%I', n.nspname, c.relname)
        from pg_inherits as i
        inner join pg_class as c on c.oid = i.inhrelid
        inner join pg_namespace as n on n.oid = c.relnamespace
        where i.inhparent = '" ~ relation.include(database=false) ~ "'::regclass
        and substring(
            pg_get_expr(c.relpartbound, c.oid) from 'TO \\(''([^'']*)''\\)'
        )::timestamptz <= " ~ as_of
    ).columns[0].values() -%}
    {%- for partition in partitions -%}
        {%- do run_query(
            "do $drop$
            begin
                set local lock_timeout = '2s';
                lock table " ~ relation ~ " in access exclusive mode;
                if not exists (select from " ~ partition ~ ") then
                    drop table " ~ partition ~ ";
                end if;
            exception
                -- The next run tries again.
                when lock_not_available or deadlock_detected then null;
            end
            $drop$"
        ) -%}
    {%- endfor -%}
{%- endmacro %}
