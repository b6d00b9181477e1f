{% macro stream_problem(stream, as_of, is_compared=true, digest='') -%}
    {%- set problem = missing_table([stream.source] + stream_models(stream))
        or source_problem(stream.source) -%}
    {%- if problem or not stream.raw -%}
        {%- do return(problem) -%}
    {%- endif -%}
    {%- set key = stream.source.config.meta.capture.key -%}
    {#- In a database of its own a table that has no row at all is not believed,
        whatever their age, where nothing of ours lets go of them. -#}
    {%- set is_empty = is_connected(stream.source)
        and not deletes_there(stream.source.source_name) and not run_query(
        'select exists (select from ' ~ node_relation(stream.source) ~ ')'
    ).rows[0][0] -%}
    {#- Of the rows that are not past their time, all should still be there; where
        nothing leaves that is not past it, a look at the newest will do. -#}
    {%- set kept = ['true'] -%}
    {%- for rule in stream.source.config.meta.retention
        if parse_keep(rule.keep) and rule.get('then', 'delete') == 'delete'
        and not is_empty -%}
        {%- set clock = 'copy._clock' if stream.kind == 'event'
            else clock_as_utc(stream.source, rule.since, 'copy') -%}
        {%- do kept.append(
            '(' ~ clock ~ ' < ' ~ cutoff(as_of, parse_keep(rule.keep).interval)
            ~ (' and (' ~ condition_at(rule.where, as_of) ~ ')' if rule.where else '')
            ~ ') is not true'
        ) -%}
    {%- endfor -%}
    {#- A row that has gone with its parent is not lost; the parent may be. -#}
    {%- for parent, column in parents_of(stream)
        if column in stream.raw.columns and not missing_table([parent]) -%}
        {%- do kept.append(
            'exists (select from ' ~ node_relation(parent) ~ ' as parent where parent.'
            ~ adapter.quote(parent.config.meta.capture.key[0]) ~ ' = copy.'
            ~ adapter.quote(column) ~ ')'
        ) -%}
    {%- endfor -%}
    {#- Nor is one that a rule let go of before it kept them longer. -#}
    {%- set graced = in_grace(stream, 'copy', as_of) -%}
    {%- set found = run_query(
        "select
            count(*),
            count(*) filter (where original." ~ adapter.quote(key[0]) ~ " is null"
                ~ (' and not ' ~ graced if graced else '') ~ ")
        from (
            select " ~ ('distinct on (' ~ quoted_key(key) ~ ')'
                if stream.kind == 'entity' else '') ~ " *
            from " ~ node_relation(stream.raw) ~ " as copy
            where " ~ kept | join(' and ') ~ (
                ' order by ' ~ quoted_key(key) ~ ', _extracted_at desc'
                if stream.kind == 'entity'
                else '' if is_compared else ' order by _clock desc limit 100'
            ) ~ "
        ) as copy
        left join " ~ node_relation(stream.source) ~ " as original
            on " ~ same_key('original', key, 'copy', key)
    ).rows[0] -%}
    {#- Of entities a tenth is much: their marts would call them gone. -#}
    {%- set share = 10 if stream.kind == 'entity' and found[0] >= 100 else 2 -%}
    {%- if found[1] * share > found[0] and not run_query(
        "select exists (select from " ~ retention_table('approval')
        ~ " where digest = '" ~ digest ~ "' and rule = '" ~ stream.name ~ "')"
    ).rows[0][0] -%}
        {%- do return(
            stream.name ~ ' has lost ' ~ found[1] ~ ' of the '
            ~ ('' if is_compared else 'newest ') ~ found[0] ~ ' rows'
            ~ ('' if is_empty else ' that are not past their time')
            ~ ': restore them, or, if the'
            ~ ' application really deleted them, approve this plan and apply'
            ~ ' it.'
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
