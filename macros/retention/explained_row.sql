{% macro explained_row(stream, layer, node, key) -%}
    {%- set is_treated = layer in ['staging', 'marts'] -%}
    {%- set source_key = stream.source.config.meta.capture.key -%}
    {%- set columns = node.config.unique_key if is_treated else source_key -%}
    {%- set texts = [] -%}
    {%- for value in key -%}
        {%- do texts.append("'" ~ value | replace("'", "''") ~ "'::") -%}
    {%- endfor -%}
    {%- set conditions = [] -%}
    {%- if is_treated and downstream_key(stream.raw) == ['_key'] -%}
        {#- Hashed as raw says that it hashes its key: over a row of the key alone,
            named as raw names its source. -#}
        {%- set call = modules.re.search(
            "hash_pii\\(\\s*'((?:[^'\\\\]|\\\\.)*)'\\s*,\\s*'(\\w+)'\\s*\\)\\s*\\}\\}\\s*as\\s+_key",
            stream.raw.raw_code
        ) -%}
        {%- set hashed = call.group(1) | replace("\\'", "'") -%}
        {%- set values = [] -%}
        {%- for column in source_key -%}
            {%- do values.append(
                texts[loop.index0] ~ stream.source.columns[column].data_type
                ~ ' as ' ~ adapter.quote(column)
            ) -%}
        {%- endfor -%}
        {%- do conditions.append(
            'it.' ~ adapter.quote(columns[0]) ~ ' = (select '
            ~ hash_pii(hashed, call.group(2)) ~ ' from (select '
            ~ values | join(', ') ~ ') as '
            ~ modules.re.search('(\\w+)[.]', hashed).group(1) ~ ')'
        ) -%}
    {%- else -%}
        {%- for column in columns -%}
            {%- do conditions.append(
                'it.' ~ adapter.quote(column) ~ ' = ' ~ texts[loop.index0]
                ~ node.columns[column].data_type
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set where = conditions | join(' and ') -%}
    {%- set taken_in = {'raw': '_extracted_at', 'staging': '_loaded_at'}.get(layer) -%}
    {%- set utc = "at time zone 'UTC'" -%}
    {%- set found = run_query(
        "select
            count(*) as rows,
            (min(" ~ (
                'null::timestamptz' if stream.kind == 'entity' or layer == 'marts'
                else 'it._clock' if layer != 'source'
                else clock_as_utc(
                    stream.source, stream.source.config.meta.capture.clock, 'it'
                )
            ) ~ ") " ~ utc ~ ")::text as clock,
            (min(" ~ ('it.' ~ taken_in if taken_in else 'null::timestamptz')
                ~ ") " ~ utc ~ ")::text as taken_in
        from " ~ node_relation(node) ~ " as it where " ~ where
    ).rows[0] -%}
    {%- do return({
        'rows': found[0] | int, 'where': where,
        'clock': found[1] if found[1] not in ['infinity', '-infinity'] else none,
        'taken_in': (found[2] or '')[:19] ~ ' UTC',
    }) -%}
{%- endmacro %}
