{% macro lint_capture(stream) -%}
    {%- set problems = [] -%}
    {%- set source = stream.source -%}
    {%- set place = node_place(source) -%}
    {%- set columns = source.columns | list -%}
    {%- set capture = source.config.meta.get('capture') or {} -%}
    {%- set keys = {
        'event': ['kind', 'key', 'clock'], 'entity': ['kind', 'key', 'cursor'],
    } -%}
    {%- set forms = '`capture: {kind: event, key: [<column>], clock: <column>}`'
        ~ ' where a row never changes, `capture: {kind: entity, key: [<column>]}`'
        ~ ' where it does' -%}

    {%- if capture is not mapping -%}
        {%- do return([
            place ~ ': capture is `' ~ capture ~ '`; it has keys, ' ~ forms ~ '.'
        ]) -%}
    {%- endif -%}
    {%- if capture.get('kind') not in keys -%}
        {%- do return([
            place ~ ': capture.kind is `' ~ capture.get('kind', '')
            ~ '`; a table that raw copies says what its rows are, ' ~ forms ~ '.'
        ]) -%}
    {%- endif -%}
    {%- set key = capture.get('key') -%}
    {%- if not key or key is string or key is not sequence -%}
        {%- do return([
            place ~ ': capture.key is `' ~ capture.get('key', '')
            ~ '`; write the list of the columns that make a row unique, like'
            ~ ' `key: [id]`; its columns are ' ~ columns | join(', ') ~ '.'
        ]) -%}
    {%- endif -%}
    {%- for name in capture if name not in keys[capture.kind] -%}
        {%- do problems.append(
            place ~ ': capture.' ~ name ~ ' is no key of an ' ~ capture.kind
            ~ '; the keys are ' ~ keys[capture.kind] | join(', ') ~ '.'
        ) -%}
    {%- endfor -%}
    {%- if capture.kind == 'event' and not capture.get('clock') -%}
        {%- do problems.append(
            place ~ ': capture.clock is missing; name the column that says when'
            ~ ' the event was; its columns are ' ~ columns | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
    {%- for column in key + [capture.get('clock'), capture.get('cursor')]
        if column and column not in columns -%}
        {%- do problems.append(
            place ~ ": capture names `" ~ column ~ "`, which is no declared"
            ~ " column of the table; its columns are " ~ columns | join(', ') ~ "."
        ) -%}
    {%- endfor -%}
    {%- if capture.get('clock') in columns -%}
        {%- set problem = clock_problem(source, capture.clock) -%}
        {%- if problem -%}
            {%- do problems.append(problem) -%}
        {%- endif -%}
    {%- endif -%}

    {%- if problems -%}
        {%- do return(problems) -%}
    {%- endif -%}
    {#- What the copies must have, for the engine to find and age them. -#}
    {%- set needs = {
        'event': [
            (stream.raw, 'append_only',
             ['_clock', '_extracted_at', capture.get('clock')] | select | list),
            (stream.staging, 'append_only', ['_issues', '_clock', '_loaded_at']),
        ],
        'entity': [
            (stream.raw, 'append_only', ['_extracted_at']),
            (stream.staging, 'latest_version',
             ['_issues', '_version_at', '_gone_at', '_loaded_at']),
        ],
    }[capture.kind] -%}
    {%- for model, made, own in needs -%}
        {%- if model.config.materialized != made -%}
            {%- do problems.append(
                node_place(model) ~ ': config.materialized is `'
                ~ model.config.materialized ~ '`; a copy of an ' ~ capture.kind
                ~ ' (' ~ stream.name ~ ') is ' ~ made ~ '.'
            ) -%}
        {%- endif -%}
        {%- set missing = own | reject('in', model.columns) | list -%}
        {%- if missing -%}
            {%- do problems.append(
                node_place(model) ~ ': columns has no `' ~ missing | join('`, `')
                ~ '`, which a copy of an ' ~ capture.kind
                ~ ' has; declare and select what is missing.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if stream.raw.config.get('unique_key') != key -%}
        {%- do problems.append(
            node_place(stream.raw) ~ ': config.unique_key is `'
            ~ stream.raw.config.get('unique_key') ~ '`; write the key of its'
            ~ ' source, capture.key, `' ~ key ~ '`.'
        ) -%}
    {%- endif -%}
    {%- for column in stream.raw.columns
        if capture.kind == 'entity' and column not in ['_extracted_at', '_key']
        and column not in columns -%}
        {%- do problems.append(
            node_place(stream.raw) ~ ': columns.' ~ column ~ ' is no declared'
            ~ ' column of ' ~ stream.name ~ '; versions of an entity are told'
            ~ ' apart column by column, so copy it under its own name, and work'
            ~ ' it out in staging.'
        ) -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
