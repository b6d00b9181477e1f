{% macro may_keep_rows(source) -%}
    {%- do return(not is_connected(source) and run_query(
        "with recursive tree (relid) as (
            select to_regclass('" ~ node_relation(source).include(database=false) ~ "')::oid
            union all
            select i.inhrelid
            from pg_inherits as i
            inner join tree on tree.relid = i.inhparent
        )

        select exists (
            select from pg_trigger
            where tgrelid in (select relid from tree)
            and not tgisinternal and tgenabled <> 'D'
            -- before delete, for each row
            and tgtype & 11 = 11
        ) or exists (
            select from pg_rewrite
            where ev_class in (select relid from tree) and ev_type = '4'
        )"
    ).rows[0][0]) -%}
{%- endmacro %}
