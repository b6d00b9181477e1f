{% macro existing_tables(nodes) -%}
    {#- One question for all of them: a build asks it of every table. -#}
    {%- set names = {} -%}
    {%- for node in nodes -%}
        {%- do names.update({
            node_relation(node).include(database=false) | string: node
        }) -%}
    {%- endfor -%}
    {%- set existing = [] -%}
    {%- if names -%}
        {%- for row in run_query(
            "select name
            from unnest(array['" ~ names | join("', '") ~ "']) as name
            where to_regclass(name) is not null"
        ).rows -%}
            {%- do existing.append(names[row[0]]) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(existing) -%}
{%- endmacro %}
