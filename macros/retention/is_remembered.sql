{% macro is_remembered(stream, alias, bounds=none) -%}
    {%- set source = stream.source -%}
    {%- set clock = clock_as_utc(source, source.config.meta.capture.clock, alias) -%}
    exists (
        select from {{ retention_table('memory') }} as memory
        cross join unnest(memory.digests) as known (digest)
        where memory.stream = '{{ stream.name }}'
        {%- if bounds %}
        and memory.bucket
            between {{ memory_bucket(bounds[0]) }} and {{ memory_bucket(bounds[1]) }}
        {%- endif %}
        and memory.bucket = {{ memory_bucket(clock) }}
        and known.digest = {{ memory_digest(stream, source, alias) }}
    )
{%- endmacro %}
