{% macro family_proof(family, as_of) -%}
    {%- for child in family.members %}
        {%- set stream = child.stream %}
        -- each of its rows in {{ child.name }} may go with it
        and not exists (
            select from {{ child.tables | join(', ') }}
            where {{ child.joins | join(' and ') }}
            and not (
                true
                {%- if stream and stream.raw %}
                {%- set key = stream.source.config.meta.capture.key %}
                and (exists (
                    select from {{ node_relation(stream.raw) }} as copy
                    where {{ same_key('copy', key, child.alias, key) }}
                    {%- if stream.kind == 'event' %}
                    {%- set clock = adapter.quote(stream.source.config.meta.capture.clock) %}
                    and copy.{{ clock }} is not distinct from {{ child.alias }}.{{ clock }}
                    {%- else %}
                    and {{ same_content(stream, 'copy', child.alias, as_of) }}
                    and {{ is_newest_version(stream.raw, key, 'copy') }}
                    {%- endif %}
                ){{ ' or ' ~ is_remembered(stream, child.alias)
                    if has_memory(stream) }})
                {%- endif %}
                {%- if child.holds %}
                and (
                    select {{ on_hold(child.holds) }}
                    from (select {{ child.alias }}.*) as held
                ) is not true
                {%- endif %}
            )
        )
    {%- endfor %}
    {%- for key in family.blocking %}
        -- no other row needs it ({{ key.name }})
        and not exists (
            select from {{ key.tables | join(', ') }}
            where {{ key.joins | join(' and ') }}
        )
    {%- endfor -%}
{%- endmacro %}
