-- Taps from hub to a daily summary, as one would write it by hand: a copy, the
-- people taken out of it, the counts. The same treatments as in models/ and
-- macros/privacy, so the same rows come out; no accounts, no queue, no locks,
-- no second run. Tables are made whole and get their keys afterwards, which is
-- the fastest way there is in plain SQL.
create schema by_hand;

create table by_hand.raw_tap as
select
    "id", "eventId", "windowId", "redirectUrl",
    "tagId", "ipAddress", "userAgent", "tappedAt"
from hub."TapLog";

create index on by_hand.raw_tap ("id");
analyze by_hand.raw_tap;

create table by_hand.tap as
select
    "id" as tap_id,
    "eventId" as event_id,
    "windowId" as window_id,
    encode(sha256(convert_to(
        'tag:' || nullif(lower(btrim(normalize("tagId"))), '')
        || (select salt from pii.salt where retired_at is null),
        'UTF8'
    )), 'hex') as tag_hash,
    encode(sha256(convert_to(
        'ip:' || nullif(lower(btrim(normalize("ipAddress"))), '')
        || (select salt from pii.salt where retired_at is null),
        'UTF8'
    )), 'hex') as ip_hash,
    case
        when pg_input_is_valid("ipAddress", 'inet')
            then network(set_masklen(
                "ipAddress"::inet,
                case family("ipAddress"::inet) when 4 then 24 else 48 end
            ))
    end as ip_network,
    case
        when "userAgent" in ('', '-') then null
        when lower("userAgent") like any (
            '{%bot%,%crawl%,%spider%,%slurp%,%preview%,%feed%}'
        ) then 'Bot'
        when "userAgent" like any ('{%Edg/%,%Edge/%,%EdgA/%,%EdgiOS/%}')
            then 'Edge'
        when "userAgent" like any ('{%OPR/%,%Opera%}') then 'Opera'
        when "userAgent" like '%SamsungBrowser/%' then 'Samsung Internet'
        when "userAgent" like any ('{%Firefox/%,%FxiOS/%}') then 'Firefox'
        when "userAgent" like any ('{%Chrome/%,%CriOS/%,%Chromium/%}')
            then 'Chrome'
        when "userAgent" like any ('{%MSIE %,%Trident/%}')
            then 'Internet Explorer'
        when "userAgent" like '%Safari/%' then 'Safari'
        when lower("userAgent") like any (
            '{curl/%,wget/%,python%,java/%,go-http%,ruby%,php%,perl%,'
            'libwww%,okhttp%,node%,axios%}'
        ) then 'Script'
        when "userAgent" is not null then 'Other'
    end as user_agent_family,
    regexp_replace(
        regexp_replace(
            split_part(split_part("redirectUrl", '#', 1), '?', 1),
            '^((mailto|tel|sms|sip|xmpp|geo|data):).*$', '\1', 'i'
        ),
        '(^|//)[^/]*@', '\1', 'g'
    ) as redirect_url,
    "tappedAt" at time zone 'UTC' as tapped_at,
    now() as loaded_at
from by_hand.raw_tap;

alter table by_hand.tap add primary key (tap_id);
analyze by_hand.tap;

create table by_hand.tap_summary_daily as
select
    (tapped_at at time zone 'UTC')::date as tap_date,
    event_id,
    coalesce(window_id, '') as window_id,
    coalesce(redirect_url, '') as redirect_url,
    count(*) as tap_count
from by_hand.tap
group by 1, 2, 3, 4;

alter table by_hand.tap_summary_daily
add primary key (tap_date, event_id, window_id, redirect_url);
