{% macro hold_in_force(stream, as_of) -%}
    (
        relation = '{{ stream.name }}'
        {%- if person_columns(stream.source) %} or relation = '*'{% endif -%}
    )
    and released_at is null
    and held_until > {{ as_of }}
{%- endmacro %}
