{% macro new_keys(relation, key, parent, source, late) -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- set clock = source.config.meta.capture.clock -%}
    {%- set zone = " at time zone 'UTC'"
        if 'at time zone' in clock_as_utc(source, clock, 'incoming') -%}
    {%- set since = run_query(
        "select (compared_at - interval '" ~ late ~ "')::text
        from " ~ retention_table('compared') ~ "
        where relation = '" ~ relation.identifier ~ "'
        and compared_at > " ~ as_of() ~ " - interval '156 hours'
        and compared_at <= " ~ as_of()
    ).rows -%}
    {%- set clock = 'incoming.' ~ adapter.quote(clock) -%}
-- {{ name }} is in a database of its own: keys come from there first, of the
-- time since all of them were compared (once a week), and rows for the new ones.
new_keys as materialized (
    select {{ quoted_key(parent.key, 'incoming') }}
    from {{ parent.relation }} as incoming
    where not exists (
        select from {{ relation }} as present
        where {{ same_key('present', key, 'incoming', parent.key) }}
    )
    {%- if since %}
    and (
        {{ clock }} >= '{{ since[0][0] }}'::timestamptz{{ zone }}
        or {{ clock }} is null
    )
    {%- endif %}
    {{- sampled(source, 'incoming') }}
),
{%- if not since and 'sample' not in invocation_args_dict %}

compared as (
    insert into {{ retention_table('compared') }} as known (relation, compared_at)
    values ('{{ relation.identifier }}', {{ as_of() }})
    on conflict (relation) do update
    set compared_at = excluded.compared_at, last_key = null
),
{%- endif %}
{%- endmacro %}
