{% macro clock_index_advice(rule, relation) -%}
    {%- set clock = adapter.quote(rule.clock) -%}
    {%- set table = rule.relation.identifier -%}
    {#- Prisma's tables, or their columns, have names with capitals. -#}
    {%- set is_prisma = table != table | lower or rule.clock != rule.clock | lower -%}
    {%- do return(
        rule.id ~ ': ' ~ rule.clock ~ ' has no index at the source, so each run'
        ~ ' reads the whole table: `create index concurrently on '
        ~ relation ~ ' (' ~ clock ~ ');`'
        ~ (', or in Prisma, in the model ' ~ table ~ ', `@@index([' ~ rule.clock
           ~ '])`' if is_prisma else '') ~ '.'
    ) -%}
{%- endmacro %}
