{% macro clock_problem(source, column) -%}
    {%- set type = source.columns[column].data_type or '' -%}
    {%- if modules.re.fullmatch(
        'timestamptz|timestamp *([(][0-6][)])? *with(out)? time zone', type
    ) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- do return(
        node_place(source) ~ ': columns.' ~ column ~ '.data_type is `'
        ~ type ~ '`; rows age from that column, so write its type in'
        ~ ' full, `timestamp with time zone` or `timestamp without time zone`.'
    ) -%}
{%- endmacro %}
