{% macro check_rollups() -%}
    {%- set known = streams() | map(attribute='rollups') | sum(start=[])
        | map(attribute='alias') | list -%}
    {%- for row in run_query(
        "select rollup from " ~ retention_table('rollup') ~ " order by rollup"
    ).rows if row[0] not in known -%}
        {%- do exceptions.raise_compiler_error(
            generate_schema_name('sealed') ~ '.' ~ row[0] ~ ' holds numbers whose'
            ~ ' rows are gone, but the project has no rollup ' ~ row[0]
            ~ ' any more: put the model back, or archive that table and delete'
            ~ ' its row in ' ~ retention_table('rollup') ~ '; the name stays taken,'
            ~ ' for the ledger tells of it.'
        ) -%}
    {%- endfor -%}
{%- endmacro %}
