{% macro drop_empty_partitions(relation, as_of) -%}
    {#- A partition of the past takes no more rows: the next build writes to
        today's. It is dropped only while locked and seen to be empty. -#}
    {%- for partition in past_partitions(relation, as_of) -%}
        {%- do run_query(
            "do $drop$
            begin
                set local lock_timeout = '2s';
                lock table only " ~ relation ~ ", only " ~ partition ~ "
                in access exclusive mode;
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
