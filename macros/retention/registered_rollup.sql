{% macro registered_rollup(rollup) -%}
    {%- set registered = run_query(
        "select query, shape from " ~ retention_table('rollup') ~ "
        where rollup = '" ~ rollup.alias ~ "'"
    ).rows[0] -%}
    {%- set shape = fromjson(registered[1]) if registered[1] is string else registered[1] -%}
    {%- do return({
        'name': rollup.alias,
        'query': registered[0],
        'sealed': sealed_relation(rollup),
        'columns': shape.grain + shape.measures | list,
        'bucket': shape.bucket,
        'grain': shape.grain,
        'measures': shape.measures,
    }) -%}
{%- endmacro %}
