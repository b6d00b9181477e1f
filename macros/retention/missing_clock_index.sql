{% macro missing_clock_index(rule) -%}
    {%- if rule.layer != 'source' or not rule.interval -%}
        {%- do return(none) -%}
    {%- endif -%}
    {#- One whose first column is the clock; a partial one may serve a rule with
        a condition, and no other. -#}
    {%- if run_query(
        "select exists (
            select from pg_index as i
            inner join pg_class as c on c.oid = i.indexrelid
            inner join pg_am as am on am.oid = c.relam
            inner join pg_attribute as a
                on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = '" ~ rule.relation.include(database=false) ~ "'::regclass
            and a.attname = '" ~ rule.clock ~ "'
            and am.amname in ('btree', 'brin')
            and i.indisvalid
            and (i.indpred is null or " ~ ('true' if rule.get('where') else 'false') ~ ")
        )"
    ).rows[0][0] -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set clock = adapter.quote(rule.clock) -%}
    {%- set table = rule.relation.identifier -%}
    {#- Prisma's tables, or their columns, have names with capitals. -#}
    {%- set is_prisma = table != table | lower or rule.clock != rule.clock | lower -%}
    {%- do return(
        rule.id ~ ': ' ~ rule.clock ~ ' has no index at the source, so each run'
        ~ ' reads the whole table: `create index concurrently on '
        ~ rule.relation.include(database=false) ~ ' (' ~ clock ~ ');`'
        ~ (', or in Prisma, in the model ' ~ table ~ ', `@@index([' ~ rule.clock
           ~ '])`' if is_prisma else '') ~ '.'
    ) -%}
{%- endmacro %}
