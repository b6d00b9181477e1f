{% macro output_file_digest(stream_name, path) -%}
    {{ keyed_digest(["'output file'", "'" ~ stream_name ~ "'", path ~ '::text']) }}
{%- endmacro %}
