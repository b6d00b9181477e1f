{% macro list_changed_keys(rule, rows) -%}
    {#- Of most rows raw has one version. Where a rule takes a good part of a table,
        reading the index once costs less than to look for a later version of each.
        Not where other tables are looked into for each row, too. -#}
    {%- set raw = node_relation(rule.stream.raw) -%}
    {%- set family = rule_family(rule) -%}
    {%- if family.members or family.blocking or not run_query(
        "select " ~ has_clock_index(rule, raw.include(database=false)) ~ "
        and " ~ rows ~ " > sum(c.reltuples) / 10
        from pg_partition_tree('" ~ raw.include(database=false) ~ "') as tree
        inner join pg_class as c on c.oid = tree.relid
        where tree.isleaf"
    ).rows[0][0] -%}
        {%- do return(none) -%}
    {%- endif -%}
    {#- Before the list: what comes in between makes it void. -#}
    {%- set then = run_query('select ' ~ taken_in(raw)).rows[0][0] -%}
    {%- do run_query(
        "drop table if exists pg_temp.changed_keys;
        create temporary table changed_keys as
        select " ~ quoted_key(rule.key, 'copy') ~ "
        from " ~ raw ~ " as copy
        group by " ~ quoted_key(rule.key, 'copy') ~ "
        having count(*) > 1;
        analyze pg_temp.changed_keys"
    ) -%}
    {#- So few that they are hashed at once, by any setting of memory. -#}
    {%- set are_few = run_query(
        'select count(*) <= 20000 from pg_temp.changed_keys'
    ).rows[0][0] -%}
    {%- do return(then if are_few else none) -%}
{%- endmacro %}
