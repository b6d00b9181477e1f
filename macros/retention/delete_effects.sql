{% macro delete_effects(rule) -%}
    {#- For a person who reads the plan: the database does this besides. -#}
    {%- set effects = [] -%}
    {%- if rule.layer == 'source' and rule.then == 'delete' and rule.interval -%}
        {%- for key in foreign_keys(rule.node) -%}
            {%- do effects.append(
                'the foreign key ' ~ key.name ~ ' of ' ~ key.schema ~ '.' ~ key.table
                ~ ' (on delete ' ~ key.action ~ ')'
            ) -%}
        {%- endfor -%}
        {%- set is_there = is_connected(rule.node) -%}
        {%- set question -%}
            select coalesce(jsonb_agg(tgname order by tgname), '[]')::text
            from pg_trigger
            where tgrelid = to_regclass('{{
                pinned_source(rule.node).relation if is_there
                else rule.relation.include(database=false)
            }}')
            and not tgisinternal and tgenabled <> 'D' and tgtype & 8 > 0
        {%- endset -%}
        {%- if not is_there or deletes_there(rule.node.source_name) -%}
            {%- set answer = asked_there(rule.node.source_name, question) if is_there
                else run_query(question).rows[0][0] -%}
            {%- for name in fromjson(answer, []) -%}
                {%- do effects.append('the trigger ' ~ name) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(
        rule.id ~ ': a delete fires ' ~ effects | join(', ') ~ '.' if effects
    ) -%}
{%- endmacro %}
