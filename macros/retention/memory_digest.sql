{% macro memory_digest(stream, node, alias) -%}
    {#- Of a timestamp its number, since its text depends on the session. -#}
    {%- set parts = ["'" ~ stream.name ~ "'"] -%}
    {%- for column in stream.source.config.meta.capture.key -%}
        {%- set value = alias ~ '.' ~ adapter.quote(column) -%}
        {%- if node.columns[column].data_type.startswith('time')
            or node.columns[column].data_type == 'date' -%}
            {%- set value = 'extract(epoch from ' ~ value ~ ')' -%}
        {%- endif -%}
        {%- do parts.append(value ~ '::text') -%}
    {%- endfor -%}
    {{ keyed_digest(parts) }}
{%- endmacro %}
