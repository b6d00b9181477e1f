{% macro retention_rules(as_of=none) -%}
    {%- set rules = [] -%}
    {#- A row goes before the copies of its children do. -#}
    {%- set all = streams() -%}
    {%- set rank = {} -%}
    {%- for _ in range(4) -%}
        {%- for stream in all -%}
            {%- for parent, _ in parents_of(stream) -%}
                {%- set above = rank.get(parent.source_name ~ '.' ~ parent.name, 0) -%}
                {%- do rank.update({
                    stream.name: [rank.get(stream.name, 0), above + 1] | max
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for stream in all -%}
        {%- do stream.update({'rank': rank.get(stream.name, 0)}) -%}
    {%- endfor -%}
    {%- for stream in all | sort(attribute='rank') -%}
        {%- set source_key = (stream.source.config.meta.get('capture') or {})
            .get('key', []) -%}
        {%- set holders = {
            'source': [stream.raw.name] if stream.raw else [],
            'raw': [stream.staging.name] if stream.staging else [],
            'staging': (stream.rollups + stream.kept)
                | map(attribute='name') | list,
            'marts': [],
        } -%}
        {%- set nodes = [('source', stream.source, source_key)] -%}
        {%- if stream.raw -%}
            {%- do nodes.append(('raw', stream.raw, source_key)) -%}
        {%- endif -%}
        {%- if stream.staging -%}
            {%- do nodes.append(
                ('staging', stream.staging, stream.staging.config.unique_key)
            ) -%}
        {%- endif -%}
        {%- for rollup in stream.rollups -%}
            {%- do nodes.append(('marts', rollup, rollup.config.meta.rollup.grain)) -%}
        {%- endfor -%}
        {%- for mart in stream.kept -%}
            {%- do nodes.append(('marts', mart, mart.config.unique_key)) -%}
        {%- endfor -%}
        {%- for layer, node, key in nodes -%}
            {%- for declared in node.config.meta.retention -%}
                {%- set rule = dict(
                    node.config.meta.get('retention_default', {}), **declared
                ) -%}
                {%- set id = stream.name if layer == 'source' else node.name -%}
                {%- set then = rule.get('then', 'delete') -%}
                {#- What a rollup holds of the rows that have gone is sealed. -#}
                {%- set first_kept = kept_from(node, as_of)
                    if as_of and node.config.materialized == 'rollup' else none -%}
                {%- do rules.append({
                    'id': id if loop.first else id ~ '#' ~ loop.index,
                    'stream': stream,
                    'layer': layer,
                    'node': node,
                    'relation': sealed_relation(node) if first_kept
                        else node_relation(node),
                    'kept_from': first_kept,
                    'key': key,
                    'clock': rule.get('since')
                        or ('_extracted_at' if stream.kind == 'entity' else '_clock'),
                    'as_of': as_of,
                    'keep': rule.keep,
                    'interval': (parse_keep(rule.keep) or {}).get('interval'),
                    'then': then,
                    'where': condition_at(rule.get('where'), as_of),
                    'spare': rule.get('spare'),
                    'children': rule.get('children', []),
                    'warn': rule.get('warn'),
                    'every': rule.get('every', 'day'),
                    'held_by': holders[layer],
                    'because': rule.because,
                    'text': tojson(rule, sort_keys=true),
                    'digest': local_md5(
                        id ~ node_relation(node) ~ key | string
                        ~ tojson(rule, sort_keys=true)
                        ~ holders[layer] | string
                    ),
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(rules) -%}
{%- endmacro %}
