{% macro check_columns(relation) -%}
    {%- set there = adapter.get_columns_in_relation(relation)
        | map(attribute='name') | list -%}
    {%- set declared = model.columns | list -%}
    {%- for column in declared if column not in there -%}
        {%- set statement = 'alter table ' ~ relation ~ ' add column '
            ~ adapter.quote(column) ~ ' ' ~ model.columns[column].data_type -%}
        {%- if model.columns[column].constraints
            | selectattr('type', 'equalto', 'not_null') | list -%}
            {%- do exceptions.raise_compiler_error(
                node_place(model) ~ ' has a column `' ~ column ~ '` that ' ~ relation
                ~ ' has not, and the rows there would have no value for it: take'
                ~ ' its not_null constraint out, or add it by hand with a default'
                ~ ' (`' ~ statement ~ ' not null default ...`).'
            ) -%}
        {%- endif -%}
        {#- The table keeps its rows; in staging they are treated again. -#}
        {%- do run_query(statement) -%}
        {%- do run_query(
            "update " ~ retention_table('treatment') ~ " set digest = ''
            where relation = '" ~ relation.identifier ~ "'"
        ) -%}
        {%- do log(relation ~ ' has the new column ' ~ column ~ '.', info=true) -%}
    {%- endfor -%}
    {%- for column in there if column not in declared -%}
        {%- do exceptions.raise_compiler_error(
            relation ~ ' has a column `' ~ column ~ '` that ' ~ node_place(model)
            ~ ' has not; declare it, or drop it there: `alter table ' ~ relation
            ~ ' drop column ' ~ adapter.quote(column) ~ '`.'
        ) -%}
    {%- endfor -%}
{%- endmacro %}
