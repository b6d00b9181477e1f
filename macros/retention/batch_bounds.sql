{% macro batch_bounds(sweep, granule_rows, most_rows) %}
-- The first and last row of each granule of {{ granule_rows }} rows, in the
-- order of (clock, key). They stay in the database: a key can be personal.
drop table if exists pg_temp.batch_bounds;
create temporary table batch_bounds as
with numbered as (
    select
        {{ sweep.alias }}.{{ adapter.quote(sweep.clock) }} as clock,
        {%- for column in sweep.key %}
        {{ sweep.alias }}.{{ adapter.quote(column) }} as key_{{ loop.index }},
        {%- endfor %}
        row_number() over in_order as place,
        lead(false, 1, true) over in_order as is_end
    from {{ sweep.walk }} as {{ sweep.alias }}
    where {{ sweep.eligible }}
    window in_order as (
        order by {{ quoted_key([sweep.clock] + sweep.key, sweep.alias) }}
    )
)

select
    (place - 1) / {{ granule_rows }} as granule,
    (place - 1) % {{ granule_rows }} = 0 as is_first,
    place % {{ granule_rows }} = 0 or place = {{ most_rows }} or is_end as is_last,
    clock,
    {%- for column in sweep.key %}
    key_{{ loop.index }},
    {%- endfor %}
    place
from numbered
where place <= {{ most_rows }}
and (
    place % {{ granule_rows }} in (0, 1) or place = {{ most_rows }} or is_end
);
{% endmacro %}
