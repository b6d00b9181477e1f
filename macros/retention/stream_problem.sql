{% macro stream_problem(stream, as_of, digest='') -%}
    {%- set problem = missing_table(
        [stream.source, stream.raw, stream.staging] + stream.rollups
    ) or source_problem(stream.source) -%}
    {%- if problem -%}
        {%- do return(problem) -%}
    {%- endif -%}
    {%- set key = stream.source.config.meta.capture.key -%}
    {%- set cutoffs = [] -%}
    {%- for rule in stream.source.config.meta.retention if parse_keep(rule.keep) -%}
        {%- do cutoffs.append(cutoff(as_of, parse_keep(rule.keep).interval)) -%}
    {%- endfor -%}
    {#- Of the rows that are not past their time, all should still be there. -#}
    {%- set found = run_query(
        "select
            count(*),
            count(*) filter (where original." ~ adapter.quote(key[0]) ~ " is null)
        from " ~ node_relation(stream.raw) ~ " as copy
        left join " ~ node_relation(stream.source) ~ " as original
            on " ~ same_key('original', key, 'copy', key) ~ "
        where " ~ (
            'copy._clock >= greatest(' ~ cutoffs | join(', ') ~ ')'
            if cutoffs else 'true'
        )
    ).rows[0] -%}
    {%- if found[1] * 2 > found[0] -%}
        {%- if not run_query(
            "select exists (select from " ~ retention_table('approval')
            ~ " where digest = '" ~ digest ~ "' and rule = '" ~ stream.name ~ "')"
        ).rows[0][0] -%}
            {%- do return(
                stream.name ~ ' has lost ' ~ found[1] ~ ' of the ' ~ found[0]
                ~ ' rows that are not past their time: restore them, or, if the'
                ~ ' application really deleted them, approve this plan and apply'
                ~ ' it.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
