{% macro demo_active_people(since, until) %}
    -- The people who are there on each UTC day of [since, until), whole days:
    -- a fifth of those who have not left, fewer at the weekend.
    select
        people.*,
        days.day::date as active_on
    from (
        {{ demo_people('(' ~ since ~ " - interval '12024 hours')", until) }}
    ) as people
    cross join generate_series(
        date_trunc('day', {{ since }} at time zone 'UTC'),
        {{ until }} at time zone 'UTC' - interval '1 microsecond',
        interval '1 day'
    ) as days (day)
    where days.day::date >= (people.signed_up_at at time zone 'UTC')::date
    and days.day::date
        < (people.signed_up_at at time zone 'UTC')::date + people.active_days
    and (
        -- Everybody is there on the day they sign up.
        days.day::date = (people.signed_up_at at time zone 'UTC')::date
        or abs(hashtextextended(people.person || days.day, 3)) % 100
        < case when extract(isodow from days.day) in (6, 7) then 12 else 22 end
    )
{% endmacro %}
