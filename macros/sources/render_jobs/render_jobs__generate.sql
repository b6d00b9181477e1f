{% macro render_jobs__generate(schema, since, until) %}
{%- set before = '(' ~ since ~ " - interval '4 hours')" -%}
{%- set now = '(' ~ until ~ " at time zone 'UTC')" -%}
{#- No job takes four hours, so older ones have no news. -#}
{%- set columns -%}
    case
        when jobs.started_at >= {{ now }} then 'QUEUED'
        when jobs.completed_at < {{ now }} then jobs.outcome
        else 'RUNNING'
    end as status,
    case
        when jobs.completed_at < {{ now }} then jobs.completed_at
    end as completed_at,
    case
        when jobs.completed_at < {{ now }} and jobs.outcome = 'SUCCEEDED'
            then '/renders/' || jobs.id || '.mp4'
    end as output_path
{%- endset -%}
-- Jobs as they are at `until`: new ones, news of those that were under way, and
-- what each has said in the meantime.
insert into {{ schema }}."Job" (
    "id", "createdAt", "status", "completedAt", "outputPath"
)
select
    jobs.id,
    jobs.created_at,
    {{ columns }}
from (
    {{- render_jobs__demo_jobs(since, until) }}
) as jobs;

update {{ schema }}."Job" as job
set
    "status" = news.status,
    "completedAt" = news.completed_at,
    "outputPath" = news.output_path
from (
    select
        jobs.id,
        {{ columns }}
    from (
        {{- render_jobs__demo_jobs(before, since) }}
    ) as jobs
) as news
where job."id" = news.id
and job."status" <> news.status;

with jobs as (
    {{- render_jobs__demo_jobs(before, until) }}
),

said as (
    select jobs.id, 1 as n, jobs.created_at as said_at,
        'INFO queued by person-' || jobs.b || '@mail.example' as message
    from jobs
    union all
    select jobs.id, 2, jobs.started_at, 'INFO started on worker-' || jobs.b % 4
    from jobs
    union all
    select jobs.id, 3, jobs.started_at + interval '4 seconds',
        'WARN font missing: ' || jobs.b
    from jobs
    where jobs.b % 7 = 0
    union all
    select jobs.id, 4, jobs.completed_at,
        case jobs.outcome
            when 'SUCCEEDED' then 'INFO done'
            when 'FAILED' then 'ERROR codec failed: /tmp/render/' || jobs.id
            else 'cancelled by its owner'
        end
    from jobs
    where jobs.completed_at is not null
),

inserted as (
    insert into {{ schema }}."JobLog" ("id", "jobId", "message", "createdAt")
    select
        'l' || left(md5('log' || said.id || said.n), 24),
        said.id,
        said.message,
        said.said_at
    from said
    where said.said_at >= {{ since }} at time zone 'UTC'
    and said.said_at < {{ until }} at time zone 'UTC'
    -- Not of a job that began before the demo, or is gone.
    and exists (
        select from {{ schema }}."Job" as job where job."id" = said.id
    )
    returning "id"
)

select
    count(*)
    + (select count(*) from jobs where jobs.created_at >= {{ since }} at time zone 'UTC')
from inserted
{% endmacro %}
