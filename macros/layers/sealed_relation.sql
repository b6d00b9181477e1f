{% macro sealed_relation(rollup) -%}
    {%- do return(api.Relation.create(
        database=rollup.database,
        schema=generate_schema_name('sealed'),
        identifier=rollup.alias,
    )) -%}
{%- endmacro %}
