{% macro same_content(stream, copy_alias, original_alias, as_of) -%}
    {#- Every captured column; the raw ones are named as the source's. A column
        of another type at the source is compared as raw's. What a rule has
        emptied at the source is no change: raw's own rule empties it there. -#}
    {%- set raw = stream.raw -%}
    {%- set columns = raw.columns | reject('in', ['_extracted_at', '_clock', '_key']) | list -%}
    {%- set emptied = emptied_at(stream.source, original_alias, as_of) -%}
    ({{ kept_content(columns, copy_alias, emptied) }}) is not distinct from (
        {%- for column in columns -%}
            {{ original_alias }}.{{ adapter.quote(column) }}::{{ raw.columns[column].data_type }}
            {{- ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
