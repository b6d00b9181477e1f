{% macro delete_effects(rule) -%}
    {#- For a person who reads the plan: the database does this besides. -#}
    {%- set effects = [] -%}
    {%- if rule.layer == 'source' and rule.then == 'delete' and rule.interval -%}
        {%- for key in foreign_keys(rule.relation) -%}
            {%- do effects.append(
                'the foreign key ' ~ key.name ~ ' of ' ~ key.schema ~ '.' ~ key.table
                ~ ' (on delete ' ~ key.action ~ ')'
            ) -%}
        {%- endfor -%}
        {%- for row in run_query(
            "select tgname from pg_trigger
            where tgrelid = to_regclass('"
            ~ rule.relation.include(database=false) ~ "')
            and not tgisinternal and tgenabled <> 'D' and tgtype & 8 > 0
            order by tgname"
        ).rows -%}
            {%- do effects.append('the trigger ' ~ row[0]) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(
        rule.id ~ ': a delete fires ' ~ effects | join(', ') ~ '.' if effects
    ) -%}
{%- endmacro %}
