{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {#- dbt writes every comment anew at every build, and asks for the columns
        twice. Here one question, and only what has changed. -#}
    {%- set statements = [] -%}
    {%- for name, there in run_query(
        "select
            attname,
            coalesce(col_description(attrelid, attnum), '')
        from pg_attribute
        where attrelid = to_regclass('" ~ relation.include(database=false) ~ "')
        and attnum > 0 and not attisdropped
        union all
        select
            '',
            coalesce(obj_description(
                to_regclass('" ~ relation.include(database=false) ~ "'), 'pg_class'
            ), '')"
    ).rows -%}
        {%- if name and for_columns and config.persist_column_docs() -%}
            {%- set column = model.columns.get(name) -%}
            {%- if column and column.description != (there or '') -%}
                {%- do statements.append(
                    'comment on column ' ~ relation ~ '.' ~ adapter.quote(name)
                    ~ ' is ' ~ postgres_escape_comment(column.description) ~ ';'
                ) -%}
            {%- endif -%}
        {%- elif not name and for_relation and config.persist_relation_docs()
            and model.description and model.description != there -%}
            {%- do statements.append(
                alter_relation_comment(relation, model.description)
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if statements -%}
        {%- do run_query(statements | join('\n')) -%}
    {%- endif -%}
{%- endmacro %}
