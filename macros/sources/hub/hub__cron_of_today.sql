{% macro hub__cron_of_today(step, schema, as_of) %}
-- What is run today, for the demo to compare with: three statements, each in
-- a transaction of its own.
{%- if step == 'create' %}
{{ hub__create_tables(schema) }}
create table {{ schema }}.summary (
    tap_date date,
    event_id text,
    window_id text,
    redirect_url text,
    tap_count bigint,
    primary key (tap_date, event_id, window_id, redirect_url)
);
{%- elif step == 'aggregate' %}
insert into {{ schema }}.summary as summary
select
    "tappedAt"::date,
    "eventId",
    coalesce("windowId", ''),
    coalesce("redirectUrl", ''),
    count(*)
from {{ schema }}."TapLog"
where "tappedAt" < {{ as_of }} at time zone 'UTC' - interval '90 days'
group by 1, 2, 3, 4
on conflict (tap_date, event_id, window_id, redirect_url) do update
set tap_count = summary.tap_count + excluded.tap_count;
{%- elif step == 'delete' %}
delete from {{ schema }}."TapLog"
where "tappedAt" < {{ as_of }} at time zone 'UTC' - interval '90 days';
{%- else %}
select
    (select sum(tap_count) from {{ schema }}.summary) as summed,
    (select count(*) from {{ schema }}."TapLog") as alive,
    (
        select count(*) from {{ schema }}."TapLog"
        where "tappedAt" < {{ as_of }} at time zone 'UTC' - interval '90 days'
    ) as past
{%- endif %}
{% endmacro %}
