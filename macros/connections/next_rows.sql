{% macro next_rows(relation, parent, after, most) -%}
{%- set keys = quoted_key(parent.key, 'incoming') -%}
-- The first load goes by key, a batch at a time: conditions and order are sent to
-- the application's database, and how far it came is written with the rows.
fetched as materialized (
    select * from {{ parent.relation }} as incoming
    {%- if after is not none %}
    where
        {%- for column in parent.key %}
        {%- set place = loop.index0 %}
        {{ 'or ' if not loop.first }}(
            {%- for each in parent.key[:place + 1] %}
            {{ 'and ' if not loop.first }}incoming.{{ adapter.quote(each) }}
            {{- ' > ' if loop.last else ' = ' }}(
                select last_key[{{ loop.index }}]::{{ parent.node.columns[each].data_type }}
                from {{ retention_table('compared') }}
                where relation = '{{ relation.identifier }}'
            )
            {%- endfor %}
        )
        {%- endfor %}
    {%- endif %}
    order by {{ keys }}
    limit {{ most }}
),

noted as (
    insert into {{ retention_table('compared') }} as known (relation, last_key, rows)
    select
        '{{ relation.identifier }}',
        array[
            {%- for column in parent.key %}
            (array_agg(fetched.{{ adapter.quote(column) }}::text))[count(*)::integer]
            {{- ',' if not loop.last }}
            {%- endfor %}
        ],
        count(*)
    from fetched
    having count(*) > 0
    on conflict (relation) do update
    set last_key = excluded.last_key, rows = known.rows + excluded.rows
),
{%- endmacro %}
