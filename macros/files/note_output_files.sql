{% macro note_output_files(source=none) -%}
    {%- set source = source or (
        graph.sources.get(model.depends_on.nodes[0]) if execute else none
    ) -%}
    {%- if source and source.config.meta.get('files') -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- set output = 'written.' ~ adapter.quote(source.config.meta.files.output) %}
-- The output files of {{ name }}, as keyed digests: a row may go once its file is
-- known here, for the file stays.
insert into {{ retention_table('output_file') }} as known (stream, file, name)
select distinct
    '{{ name }}',
    {{ output_file_digest(name, output) }},
    {{ output_name_digest(name, output) }}
from {{ node_relation(source) }} as written
where {{ output }} is not null
on conflict (stream, file) do update
set seen_at = excluded.seen_at
where known.seen_at < excluded.seen_at - interval '1 day'
    {%- endif -%}
{%- endmacro %}
