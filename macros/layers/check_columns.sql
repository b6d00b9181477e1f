{% macro check_columns(relation) -%}
    {%- set there = adapter.get_columns_in_relation(relation)
        | map(attribute='name') | list -%}
    {%- set declared = model.columns | list -%}
    {%- for column in declared if column not in there -%}
        {%- do exceptions.raise_compiler_error(
            node_place(model) ~ ' has a column `' ~ column ~ '` that ' ~ relation
            ~ ' has not; the table keeps its rows, so add it there: `alter table '
            ~ relation ~ ' add column ' ~ adapter.quote(column) ~ ' '
            ~ model.columns[column].data_type ~ '`.'
        ) -%}
    {%- endfor -%}
    {%- for column in there if column not in declared -%}
        {%- do exceptions.raise_compiler_error(
            relation ~ ' has a column `' ~ column ~ '` that ' ~ node_place(model)
            ~ ' has not; declare it, or drop it there: `alter table ' ~ relation
            ~ ' drop column ' ~ adapter.quote(column) ~ '`.'
        ) -%}
    {%- endfor -%}
{%- endmacro %}
