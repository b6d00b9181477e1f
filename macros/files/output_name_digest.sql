{% macro output_name_digest(stream_name, path) -%}
    {#- Of its last part, as a folder that takes upper for lower case, or writes
        accents apart, knows it; what may be a URL's query is left out. -#}
    {%- set name -%}
        lower(normalize(coalesce(substring(
            split_part(split_part({{ path }}, '?', 1), '#', 1)
            from '([^/\\]+)[/\\]*$'
        ), ''), nfc))
    {%- endset -%}
    {{ keyed_digest(["'output name'", "'" ~ stream_name ~ "'", name]) }}
{%- endmacro %}
