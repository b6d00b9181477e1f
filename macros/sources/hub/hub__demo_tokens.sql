{% macro hub__demo_tokens(since, until) %}
    -- Password resets asked for in [since, until): good for an hour, and most
    -- of them used within it.
    select
        asked.id,
        asked.user_id,
        asked.token_hash,
        asked.asked_at + interval '1 hour' as expires_at,
        case
            when asked.draw % 10 < 7 then
                asked.asked_at + (1 + asked.draw % 40) * interval '1 minute'
        end as used_at
    from (
        select
            'p' || left(md5('reset' || person || active_on), 24) as id,
            user_id::text as user_id,
            md5('token' || person || active_on) as token_hash,
            active_on
                + abs(hashtextextended('reset at' || person || active_on, 1))
                % 86400000 * interval '1 millisecond' as asked_at,
            abs(hashtextextended('reset' || person || active_on, 2))
                % 10000 as draw,
            signed_up_at
        from (
            {{- demo_active_people(since, until) }}
        ) as people
    ) as asked
    where asked.draw < 300
    and asked.asked_at >= {{ since }} at time zone 'UTC'
    and asked.asked_at < {{ until }} at time zone 'UTC'
    and asked.asked_at >= asked.signed_up_at at time zone 'UTC'
{% endmacro %}
