{% macro lint_stream(stream, readers) -%}
    {%- set problems = [] -%}
    {%- set source_place = node_place(stream.source) -%}
    {%- set capture = stream.source.config.meta.capture -%}
    {%- set rules = stream.source.config.meta.retention -%}
    {%- set staging = stream.staging -%}
    {%- set source_columns = stream.source.columns | list -%}
    {%- set marts = readers.get(staging.unique_id, []) | sort(attribute='name') -%}

    {#- The shortest time after which rows of a table are deleted; none is for
        ever. -#}
    {%- set days = {} -%}
    {%- for node in [stream.source, staging] + marts -%}
        {%- for rule in node.config.meta.retention
            if parse_keep(rule.keep) and rule.get('then', 'delete') == 'delete' -%}
            {%- set this_one = parse_keep(rule.keep).days -%}
            {%- do days.update({
                node.unique_id: [days.get(node.unique_id, this_one), this_one] | min
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set source_days = days.get(stream.source.unique_id) -%}

    {%- for rule in rules
        if capture.kind == 'event' and parse_keep(rule.keep)
        and rule.since != capture.clock -%}
        {%- do problems.append(
            source_place ~ ': retention[' ~ rules.index(rule) ~ '].since is `'
            ~ rule.since ~ '`, but capture.clock is `' ~ capture.clock
            ~ '`; the copies age from the latter, so write the same column in'
            ~ ' both.'
        ) -%}
    {%- endfor -%}

    {#- A raw copy goes with its original; that of an event, which memory knows,
        may go before it. -#}
    {%- set raw_rules = stream.raw.config.meta.retention
        | selectattr('then', 'undefined') | list
        + stream.raw.config.meta.retention
        | selectattr('then', 'equalto', 'delete') | list -%}
    {%- set with_original = raw_rules | selectattr('keep', 'undefined') | list
        + raw_rules | selectattr('keep', 'equalto', 'while_in_source') | list -%}
    {%- set raw_days = namespace(least=none) -%}
    {%- for rule in raw_rules if rule not in with_original -%}
        {%- set own = parse_keep(rule.keep) -%}
        {%- if not own or not with_original or capture.kind == 'entity' -%}
            {%- do problems.append(
                node_place(stream.raw) ~ ': retention['
                ~ stream.raw.config.meta.retention.index(rule) ~ '].keep is `'
                ~ rule.keep ~ '`; a raw copy goes with its original, so write'
                ~ ' while_in_source' ~ (
                    ', and a shorter time of its own in a rule beside it'
                    if own and capture.kind == 'event' else ''
                ) ~ '.'
            ) -%}
        {%- elif rule.get('since') != '_clock' -%}
            {%- do problems.append(
                node_place(stream.raw) ~ ': retention['
                ~ stream.raw.config.meta.retention.index(rule) ~ '].since is `'
                ~ rule.get('since', '') ~ '`; a raw row ages from `_clock`, as its'
                ~ ' original does.'
            ) -%}
        {%- elif not rule.get('where') -%}
            {%- set raw_days.least = [raw_days.least or own.days, own.days] | min -%}
        {%- endif -%}
    {%- endfor -%}

    {#- What is emptied or changed at the source must not live on in a copy. An
        event is copied once; of an entity the change is a new version. -#}
    {%- for rule in rules if rule.get('then', 'delete') != 'delete'
        and (capture.kind == 'event' or rule.then is mapping and rule.then.redact) -%}
        {%- set changed = rule.then.get('redact') or rule.then.get('set') | list
            if rule.then is mapping else ['deleted_at', 'deletedAt'] -%}
        {%- set copied = changed | select('in', stream.raw.columns) | list -%}
        {%- set at = source_place ~ ': retention[' ~ rules.index(rule) ~ ']' -%}
        {#- Of an entity staging keeps what it made of the value. -#}
        {%- set followed = namespace(raw=false, staging=capture.kind == 'entity') -%}
        {%- for layer, node in [('raw', stream.raw), ('staging', staging)] -%}
            {%- for copy in node.config.meta.retention
                if copy.get('then') is mapping and copy.then.get('redact')
                and rule.then is mapping and rule.then.get('redact')
                and parse_keep(copy.keep).days <= parse_keep(rule.keep).days
                and (layer == 'staging'
                     or not copied | reject('in', copy.then.redact) | list) -%}
                {%- if layer == 'raw' -%}
                    {%- set followed.raw = true -%}
                {%- else -%}
                    {%- set followed.staging = true -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- if copied and not (followed.raw and followed.staging) -%}
            {%- do problems.append(
                at ~ '.then changes `' ~ copied | join('`, `') ~ '`, which is copied'
                ~ ' once, as an event, so the copy would outlive its original; write'
                ~ ' `capture: {kind: entity, ...}`, or the same redact in the rules of '
                ~ stream.raw.name ~ ' and ' ~ staging.name ~ '.'
                if capture.kind == 'event' else
                at ~ '.then empties `' ~ copied | join('`, `') ~ '`, and the copy would'
                ~ ' outlive its original; write the same redact in the rules of '
                ~ stream.raw.name ~ '.'
            ) -%}
        {%- elif copied and capture.kind == 'entity' -%}
            {#- Raw has to tell an emptied row from one that the application changed,
                and staging what it had made of the value. -#}
            {%- for column in source_columns
                if column not in stream.raw.columns and (
                    column == rule.since or rule.where
                    and modules.re.search('\\b' ~ column ~ '\\b', rule.where)
                ) -%}
                {%- do problems.append(
                    at ~ ' empties columns by `' ~ column ~ '`, which '
                    ~ stream.raw.name ~ ' does not copy, so it could not tell such a'
                    ~ ' row from one that has changed; copy the column, too.'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}

    {#- A copy is emptied once its original is. -#}
    {%- for rule in stream.raw.config.meta.retention
        if rule.get('then') is mapping and rule.then.get('redact') -%}
        {%- for column in rule.then.redact if column in source_columns -%}
            {%- set emptied = [] -%}
            {%- for own in rules
                if own.get('then') is mapping and column in own.then.get('redact', []) -%}
                {%- do emptied.append(own) -%}
            {%- endfor -%}
            {%- if not emptied -%}
                {%- do problems.append(
                    node_place(stream.raw) ~ ': retention['
                    ~ stream.raw.config.meta.retention.index(rule)
                    ~ '].then empties `' ~ column ~ '`, which ' ~ stream.name
                    ~ ' keeps, so it would be waited for in vain; write the same'
                    ~ ' redact in the rules of ' ~ stream.name ~ '.'
                ) -%}
            {%- endif -%}
            {%- if emptied and not made_of(staging, [column])
                and modules.re.search(
                    '[."\\s(]' ~ column ~ '\\b', staging.raw_code
                ) -%}
                {%- do problems.append(
                    staging.original_file_path ~ ': ' ~ staging.name ~ ': it reads `'
                    ~ column ~ '`, which a rule empties, and what is made of it stays;'
                    ~ ' name that, like `... as <column>`.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set place = node_place(staging) -%}
    {%- set staging_days = days.get(staging.unique_id) -%}
    {%- set clock = '_clock' if capture.kind == 'event' else '_gone_at' -%}
    {%- set kept = 'append_only' if capture.kind == 'event' else 'latest_version' -%}
    {%- for node in [staging] + marts
        if node.fqn[1] == 'staging' or node.config.materialized == kept -%}
        {%- for rule in node.config.meta.retention
            if parse_keep(rule.keep) and rule.get('then', 'delete') == 'delete'
            and rule.since != clock -%}
            {%- do problems.append(
                node_place(node) ~ ': retention[' ~ loop.index0 ~ '].since is `'
                ~ rule.since ~ '`; a row of it ages from `' ~ clock ~ '`, '
                ~ ('as its original did.' if capture.kind == 'event'
                   else 'when its original has gone.')
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if capture.kind == 'entity' -%}
        {%- if not staging_days -%}
            {%- do problems.append(
                place ~ ': its rows stay after their originals in ' ~ stream.name
                ~ ' have gone; a copy never outlives its original: write a time as'
                ~ ' retention[0].keep, and `since: _gone_at`.'
            ) -%}
        {%- elif staging_days > 3 * 365 -%}
            {%- do problems.append(
                place ~ ': its rows stay for ' ~ staging_days | round | int
                ~ ' days after their originals have gone, and staging keeps them'
                ~ ' for 3 years at most; shorten retention[0].keep, and keep a'
                ~ ' mart of what is needed longer.'
            ) -%}
        {%- endif -%}
    {%- elif source_days and (staging_days is none or staging_days > source_days) -%}
        {%- do problems.append(
            place ~ ': its rows are kept longer than their originals in '
            ~ stream.name ~ ' (' ~ source_days | round | int ~ ' days); a copy'
            ~ ' never outlives its original: shorten retention[0].keep.'
        ) -%}
    {%- elif staging_days and (source_days is none or staging_days < source_days)
        and not (raw_days.least and raw_days.least <= staging_days) -%}
        {%- do problems.append(
            place ~ ': its rows are kept shorter than their originals in '
            ~ stream.name ~ ' ('
            ~ (source_days | round | int ~ ' days' if source_days else 'forever')
            ~ '); raw would stage and count them again: lengthen'
            ~ ' retention[0].keep, or give ' ~ stream.raw.name ~ ' a rule of no'
            ~ ' longer a time.'
        ) -%}
    {%- endif -%}

    {#- A row that a rule spares stays, and its bucket could not go. -#}
    {%- set staying = staging.config.meta.retention
        | selectattr('keep', 'eq', 'forever') | list
        + staging.config.meta.retention | selectattr('spare', 'defined') | list -%}
    {#- What a mart counts by must not change under it. -#}
    {%- for rule in staging.config.meta.retention
        if rule.get('then') is mapping and rule.then.get('redact') -%}
        {%- for mart in marts -%}
            {%- for column in rule.then.redact
                if modules.re.search('\\b' ~ column ~ '\\b', mart.raw_code) -%}
                {%- do problems.append(
                    place ~ ': retention[' ~ staging.config.meta.retention.index(rule)
                    ~ '].then empties `' ~ column ~ '`, which ' ~ mart.name
                    ~ ' reads, so its numbers would change; leave the column out there.'
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- for mart in marts -%}
        {%- set made = mart.config.materialized -%}
        {%- if made == 'rollup' and capture.kind == 'entity' -%}
            {%- do problems.append(
                node_place(mart) ~ ': it is a rollup over ' ~ staging.name
                ~ ', an entity, whose rows change; a rollup reads events, so write'
                ~ ' `materialized: latest_version`, or read a mart.'
            ) -%}
        {%- elif made == 'table' and staging_days -%}
            {%- do problems.append(
                node_place(mart) ~ ': it reads ' ~ staging.name ~ ', whose'
                ~ ' rows leave, and its numbers would leave with them; make it a'
                ~ ' rollup or ' ~ kept ~ ' (config.materialized), or read a mart.'
            ) -%}
        {%- elif mart.depends_on.nodes[0] == staging.unique_id
            and days.get(mart.unique_id)
            and (days[mart.unique_id] < staging_days if staging_days
                 else capture.kind == 'event')
            or made == 'rollup' and days.get(mart.unique_id) and staying -%}
            {%- do problems.append(
                node_place(mart) ~ ': its '
                ~ ('buckets are' if made == 'rollup' else 'rows are')
                ~ ' kept shorter than the rows of ' ~ staging.name
                ~ ' they are made of, which would outlive them; lengthen'
                ~ ' retention[0].keep.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
