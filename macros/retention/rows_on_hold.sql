{% macro rows_on_hold(hold) -%}
    {%- set found = [] -%}
    {%- for stream in streams()
        if (hold.relation == '*' and person_columns(stream.source)
            or hold.relation == stream.name)
        and not missing_table([stream.source]) -%}
        {%- set rows = count_rows(
            node_relation(stream.source) ~ ' as held',
            about_person(hold.hold_id, stream.source, stream.source)
            if hold.relation == '*' else '(' ~ hold.predicate ~ ')'
        ) -%}
        {%- if rows -%}
            {%- do found.append(rows ~ ' rows of ' ~ stream.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro %}
