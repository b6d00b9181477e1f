{% macro rollup_shape(model) -%}
    {%- set problem = rollup_problem(model) -%}
    {%- if problem -%}
        {%- do exceptions.raise_compiler_error(problem) -%}
    {%- endif -%}
    {%- set declared = model.config.meta.rollup -%}
    {%- do return({
        'bucket': declared.bucket,
        'grain': declared.grain,
        'measures': dict(declared.get('measures') or {}, _rows='sum'),
    }) -%}
{%- endmacro %}
