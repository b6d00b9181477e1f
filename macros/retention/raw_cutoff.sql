{% macro raw_cutoff(stream, as_of) -%}
    {#- Looking for originals that have gone reads both tables whole, so it is
        done once a week; on other nights it is asked of rows past the source's
        time, which go there in the same plan (law 3). An entity may have
        changed, a child gone with its parent, whatever its age. -#}
    {%- set source = stream.source -%}
    {%- if stream.kind != 'event' or parents_of(stream) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set cutoffs = ["'-infinity'::timestamptz"] -%}
    {%- for declared in source.config.meta.retention
        if parse_keep(declared.keep) and declared.get('then', 'delete') == 'delete' -%}
        {%- do cutoffs.append(cutoff(as_of, parse_keep(declared.keep).interval)) -%}
    {%- endfor -%}
    {%- set is_compared = run_query(
        "select exists (
            select from " ~ retention_table('plan') ~ " as plan
            inner join " ~ retention_table('run') ~ " as run
                on run.digest = plan.digest
            where plan.stream = '" ~ stream.name ~ "'
            and plan.layer = 'raw'
            and plan.cutoff is null
            and plan.rule_digest = any (run.done)
            and run.finished_at is not null
            -- A night may begin some minutes earlier than that of last week.
            and run.as_of > " ~ as_of ~ " - interval '156 hours'
            and run.as_of <= " ~ as_of ~ "
        )"
    ).rows[0][0] -%}
    {%- do return('greatest(' ~ cutoffs | join(', ') ~ ')' if is_compared else none) -%}
{%- endmacro %}
