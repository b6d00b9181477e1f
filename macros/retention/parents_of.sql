{% macro parents_of(stream) -%}
    {#- [parent, the column here that names it], by declared `children`. -#}
    {%- set parents = [] -%}
    {%- for source in graph.sources.values()
        if source.source_name == stream.source.source_name -%}
        {%- for rule in source.config.meta.get('retention') or [] -%}
            {%- for child in rule.get('children', [])
                if child.table == stream.source.name
                and [source, child.key] not in parents -%}
                {%- do parents.append([source, child.key]) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(parents) -%}
{%- endmacro %}
