{% macro check_source_is_whole(model) -%}
    {%- for source_id in model.depends_on.nodes if source_id in graph.sources -%}
        {%- set problem = source_problem(graph.sources[source_id]) -%}
        {%- if problem -%}
            {%- do exceptions.raise_compiler_error(problem) -%}
        {%- endif -%}
        {%- do check_source_columns(graph.sources[source_id]) -%}
    {%- endfor -%}
{%- endmacro %}
