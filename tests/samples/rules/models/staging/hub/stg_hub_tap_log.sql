{# Taps without the people: every identifier is a salted hash here, and beside
   it stands only what analysis needs. #}
{{ config(enabled=var('hub_enabled'), unique_key=['tap_id']) }}

with taps as (
    select * from {{ ref('raw_hub_tap_log') }}
),

treated as (
    select
        taps."id" as tap_id,
        taps."eventId" as event_id,
        taps."windowId" as window_id,

        {{ hash_pii('taps."tagId"', 'tag') }} as tag_hash,
        {{ hash_pii('taps."ipAddress"', 'ip') }} as ip_hash,
        {{ ip_network('taps."ipAddress"') }} as ip_network,
        {{ user_agent_family('taps."userAgent"') }} as user_agent_family,
        {{ url_without_person('taps."redirectUrl"') }} as redirect_url,

        taps."tappedAt" at time zone 'UTC' as tapped_at,
        taps._clock,
        {{ as_of() }} as _loaded_at
    from taps
    -- A fence: without it, what `validated` names twice is worked out twice.
    offset 0  -- noqa: AM09
),

validated as (
    select
        treated.*,
        nullif(concat_ws(
            '; ',
            case
                when treated.ip_hash is not null and treated.ip_network is null
                    then 'ipAddress is no address'
            end,
            case
                when treated.tapped_at > treated._clock
                    then 'tappedAt was in the future'
            end
        ), '') as _issues
    from treated
)

select
    validated.tap_id,
    validated.event_id,
    validated.window_id,
    validated.tag_hash,
    validated.ip_hash,
    validated.ip_network,
    validated.user_agent_family,
    validated.redirect_url,
    validated.tapped_at,
    validated._issues,
    validated._clock,
    validated._loaded_at
from validated
