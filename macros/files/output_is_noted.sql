{% macro output_is_noted(source, alias) -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- set output = alias ~ '.' ~ adapter.quote(source.config.meta.files.output) -%}
    ({{ output }} is null or exists (
        select from {{ retention_table('output_file') }} as known
        where known.stream = '{{ name }}'
        and known.file = {{ output_file_digest(name, output) }}
    ))
{%- endmacro %}
