{% macro lint_stream(stream) -%}
    {%- set problems = [] -%}
    {%- set source_place = node_place(stream.source) -%}
    {%- set capture = stream.source.config.meta.get('capture') or {} -%}

    {%- if capture is not mapping -%}
        {%- do return([
            source_place ~ ': capture is `' ~ capture ~ '`; it has keys:'
            ~ ' `capture: {kind: event, key: [<column>], clock: <column>}`.'
        ]) -%}
    {%- endif -%}
    {%- if not capture.get('key') or capture.key is string -%}
        {%- do return([
            source_place ~ ': capture.key is `' ~ capture.get('key', '')
            ~ '`; write the list of the columns that make a row unique, like'
            ~ ' `key: [id]`; its columns are '
            ~ stream.source.columns | join(', ') ~ '.'
        ]) -%}
    {%- endif -%}
    {%- if capture.get('kind') == 'entity' -%}
        {%- do return(problems) -%}
    {%- endif -%}
    {%- if capture.get('kind') != 'event' -%}
        {%- do problems.append(
            source_place ~ ": capture.kind is `" ~ capture.get('kind', '')
            ~ "`; a table that raw copies says what its rows are, and so far that"
            ~ " is `capture: {kind: event, key: [<column>], clock: <column>}`."
        ) -%}
    {%- endif -%}
    {%- for column in capture.key + [capture.get('clock', '')]
        if column not in stream.source.columns -%}
        {%- do problems.append(
            source_place ~ ": capture names `" ~ column ~ "`, which is no declared"
            ~ " column of the table; its columns are "
            ~ stream.source.columns | join(', ') ~ "."
        ) -%}
    {%- endfor -%}

    {%- set clock_type = stream.source.columns[capture.clock].data_type or ''
        if capture.get('clock') in stream.source.columns else 'timestamptz' -%}
    {%- if not modules.re.fullmatch(
        'timestamptz|timestamp *([(][0-6][)])? with(out)? time zone', clock_type
    ) -%}
        {%- do problems.append(
            source_place ~ ': columns.' ~ capture.clock ~ '.data_type is `'
            ~ clock_type ~ '`; rows age from that column, so write its type in'
            ~ ' full, `timestamp with time zone` or `timestamp without time zone`.'
        ) -%}
    {%- endif -%}

    {#- The shortest time per table; none is for ever. -#}
    {%- set days = {} -%}
    {%- for node in [stream.source, stream.staging] + stream.rollups if node -%}
        {%- for rule in node.config.meta.get('retention') or []
            if rule is mapping and parse_keep(rule.get('keep')) -%}
            {%- set this_one = parse_keep(rule.keep).days -%}
            {%- do days.update({
                node.unique_id: [days.get(node.unique_id, this_one), this_one] | min
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set source_days = days.get(stream.source.unique_id) -%}

    {%- for rule in stream.source.config.meta.get('retention') or []
        if parse_keep(rule.get('keep')) and rule.get('since') != capture.get('clock') -%}
        {%- do problems.append(
            source_place ~ ': retention[' ~ loop.index0 ~ '].since is `'
            ~ rule.get('since') ~ '`, but capture.clock is `'
            ~ capture.get('clock') ~ '`; the copies age from the latter, so write'
            ~ ' the same column in both.'
        ) -%}
    {%- endfor -%}

    {%- for rule in stream.raw.config.meta.get('retention') or []
        if rule.get('keep', 'while_in_source') != 'while_in_source' -%}
        {%- do problems.append(
            node_place(stream.raw) ~ ': retention[' ~ loop.index0 ~ '].keep is `'
            ~ rule.keep ~ '`; a raw copy goes with its original, so write'
            ~ ' while_in_source.'
        ) -%}
    {%- endfor -%}

    {%- if stream.staging -%}
        {%- set place = node_place(stream.staging) -%}
        {%- set staging_days = days.get(stream.staging.unique_id) -%}
        {%- if source_days and (staging_days is none or staging_days > source_days) -%}
            {%- do problems.append(
                place ~ ': its rows are kept longer than their originals in '
                ~ stream.name ~ ' (' ~ source_days | round | int ~ ' days); a copy'
                ~ ' never outlives its original: shorten retention[0].keep.'
            ) -%}
        {%- elif staging_days and (source_days is none or staging_days < source_days) -%}
            {%- do problems.append(
                place ~ ': its rows are kept shorter than their originals in '
                ~ stream.name ~ ' ('
                ~ (source_days | round | int ~ ' days' if source_days else 'forever')
                ~ '); they would be staged and counted again: lengthen'
                ~ ' retention[0].keep.'
            ) -%}
        {%- endif -%}
        {%- if staging_days and not stream.rollups -%}
            {%- do problems.append(
                place ~ ': retention[0] lets rows go, but no rollup holds their'
                ~ ' numbers; write one, or `keep: forever` with a reason.'
            ) -%}
        {%- endif -%}
        {%- for rollup in stream.rollups
            if days.get(rollup.unique_id)
            and (staging_days is none or days[rollup.unique_id] < staging_days) -%}
            {%- do problems.append(
                node_place(rollup) ~ ': its buckets are kept shorter than the rows of '
                ~ stream.staging.name ~ ' they sum up; write `forever` as'
                ~ ' retention[0].keep.'
            ) -%}
        {%- endfor -%}
        {%- for rollup in stream.rollups
            if days.get(rollup.unique_id)
            and staging_days and days[rollup.unique_id] >= staging_days -%}
            {%- do problems.append(
                node_place(rollup) ~ ': retention[0].keep is `'
                ~ rollup.config.meta.retention[0].keep ~ '`; a mart is kept'
                ~ ' forever so far, so write `forever`.'
            ) -%}
        {%- endfor -%}
        {%- for model in graph.nodes.values()
            if staging_days and model.resource_type == 'model'
            and model.config.materialized != 'rollup'
            and stream.staging.unique_id in model.depends_on.nodes -%}
            {%- do problems.append(
                node_place(model) ~ ': it reads ' ~ stream.staging.name ~ ', whose'
                ~ ' rows leave, and its numbers would leave with them; make it a'
                ~ ' rollup (config.materialized), or read a rollup.'
            ) -%}
        {%- endfor -%}
        {%- for rollup in stream.rollups if capture.get('kind') == 'entity' -%}
            {%- do problems.append(
                node_place(rollup) ~ ': it is a rollup over an entity, whose rows'
                ~ ' change; a rollup reads events.'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(problems) -%}
{%- endmacro %}
