{% macro forget_undoable(as_of) -%}
with gone as (
    delete from {{ retention_table('undoable') }} as own
    where own.digests = '{}'
    -- Of a table that is switched off: the longest grace there can be.
    or own.let_go_at <= case own.stream
        {%- for stream in streams() if grace_of(stream) %}
        when '{{ stream.name }}' then {{ cutoff(as_of, grace_of(stream)) }}
        {%- endfor %}
        when '' then null
        else {{ cutoff(as_of, '7 days') }}
    end
    returning 1
)

select count(*) from gone
{%- endmacro %}
