{% macro temp_files_sql(rule, run) -%}
    {#- What flows/temp_files.py runs, by name. The names of files come by COPY,
        into tables of its session: what dbt runs is logged. -#}
    {%- set stream = rule.stream -%}
    {%- set source = node_relation(stream.source) -%}
    {%- set key = adapter.quote(rule.key[0]) -%}
    {%- set staging_key = stream.staging.config.unique_key -%}
    {%- set staging_key = adapter.quote(
        staging_key if staging_key is string else staging_key[0]
    ) -%}
    {%- set output = 'written.'
        ~ adapter.quote(stream.source.config.meta.files.output) -%}
    {%- set output_file = retention_table('output_file') -%}
    {%- set ledger = retention_table('ledger') -%}

    {%- set begin -%}
create temporary table output_seen (
    path text, real_path text, is_elsewhere boolean
);
create temporary table file_entry (
    position integer, candidate text, is_own boolean
);
create temporary table file_name (name text);
create temporary table file_run (
    folder text, names text, rows bigint, outcome text,
    first_clock timestamptz, last_clock timestamptz, seconds double precision
);
-- One run at a time; the lock ends with the session.
select pg_try_advisory_lock(hashtext('files: {{ ledger }} {{ stream.name }}'))
    {%- endset -%}

    {%- set outputs -%}
select distinct {{ output }} from {{ source }} as written
where {{ output }} is not null
    {%- endset -%}

    {#- What was seen outside of the folder is no file in it. What was seen in it,
        by whatever way, is known by the name that it has there, too. -#}
    {%- set mark -%}
update {{ output_file }} as known
set is_elsewhere = seen.is_elsewhere
from pg_temp.output_seen as seen
where known.stream = '{{ stream.name }}'
and known.file = {{ output_file_digest(stream.name, 'seen.path') }}
and known.is_elsewhere <> seen.is_elsewhere;

insert into {{ output_file }} as known (stream, file, name)
select distinct
    '{{ stream.name }}',
    {{ output_file_digest(stream.name, 'seen.real_path') }},
    {{ output_name_digest(stream.name, 'seen.real_path') }}
from pg_temp.output_seen as seen
where not seen.is_elsewhere
on conflict (stream, file) do update set is_elsewhere = false
    {%- endset -%}

    {#- Claimed: the source or raw has the row. Gone: neither has, and staging
        knows that there was one. -#}
    {%- set claims -%}
select
    entry.position,
    bool_or(
        entry.candidate in (
            select living.{{ key }}::text from {{ source }} as living
        )
        or entry.candidate in (
            select copy.{{ key }}::text from {{ node_relation(stream.raw) }} as copy
        )
    ) as is_claimed,
    bool_or(
        entry.is_own
        and entry.candidate in (
            select known.{{ staging_key }}::text
            from {{ node_relation(stream.staging) }} as known
        )
    ) as is_gone
from pg_temp.file_entry as entry
group by entry.position
    {%- endset -%}

    {#- A name is protected while its file was not seen elsewhere; and remembered
        for as long as it is found here. -#}
    {%- set protected -%}
with found as (
    select name, {{ output_name_digest(stream.name, 'name') }} as digest
    from pg_temp.file_name
),

seen_again as (
    update {{ output_file }} as known
    set seen_at = clock_timestamp()
    from found
    where known.stream = '{{ stream.name }}'
    and known.name = found.digest
    and known.seen_at < clock_timestamp() - interval '1 day'
)

select distinct found.name
from found
inner join {{ output_file }} as known
    on known.stream = '{{ stream.name }}'
    and known.name = found.digest
    and not known.is_elsewhere
    {%- endset -%}

    {%- set folder_digest = keyed_digest(["'folder'", 'asked.folder']) -%}
    {%- set of_files -%}
written.stream = '{{ stream.name }}' and written.layer = 'files'
    {%- endset -%}

    {#- Was something removed from this folder before? A demo approves itself. -#}
    {%- set is_approved -%}
select
    (select purpose from {{ retention_table('database') }}) <> 'live'
    or exists (
        select from {{ ledger }} as written
        where {{ of_files }}
        and written.outcome not like 'not done%'
        and written.rule_text ->> 'folder' = {{ folder_digest }}::text
    )
from pg_temp.file_run as asked
    {%- endset -%}

    {#- Begun, and nothing came of it. -#}
    {%- set broken_off -%}
select
    to_char(written.as_of at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as as_of,
    written.outcome
from {{ ledger }} as written
where {{ of_files }}
and written.outcome like 'begun%'
and not exists (
    select from {{ ledger }} as later
    where later.stream = written.stream
    and later.layer = written.layer
    and later.entry > written.entry
    and (later.run_id = written.run_id or later.outcome not like 'not done%')
)
    {%- endset -%}

    {%- set record -%}
do $files$
declare
    run record;
    written {{ ledger }}%rowtype;
begin
    -- The chain of entries has one end: nobody else adds to it now.
    lock table {{ retention_table('gate') }} in exclusive mode;
    select
        asked.*,
        {{ keyed_digest(["'names'", 'asked.names']) }}::text as names_digest,
        {{ folder_digest }}::text as folder_digest
    into strict run
    from pg_temp.file_run as asked;
                written.run_id := '{{ run.run_id }}';
                written.digest := run.names_digest;
                written.rule := '{{ stream.name }} files';
                written.rule_text := jsonb_build_object(
                    'folder', run.folder_digest,
                    'keep', '{{ rule.keep }}',
                    'since', 'last modified',
                    'then', 'delete',
                    'because', $because${{ rule.because }}$because$
                );
                written.stream := '{{ stream.name }}';
                written.layer := 'files';
                written.relation := '{{ stream.source.config.meta.files.folder }}';
                written.as_of := {{ run.as_of }};
                written.cutoff := {{ run.cutoff }};
                written.first_clock := run.first_clock;
                written.last_clock := run.last_clock;
                written.rows := run.rows;
                written.sealed := '{}';
                written.outcome := run.outcome;
                written.attempts := 1;
                written.took := run.seconds * interval '1 second';
                written.code_version :=
                    nullif('{{ run.code_version | replace("'", "''") }}', '');
                {{ chain_entry() }}
end
$files$
    {%- endset -%}
    {%- do return({
        'begin': begin, 'note': note_output_files(stream.source),
        'outputs': outputs, 'mark': mark, 'claims': claims,
        'protected': protected, 'is_approved': is_approved,
        'broken_off': broken_off, 'record': record,
    }) -%}
{%- endmacro %}
