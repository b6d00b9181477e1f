{% macro retention_rules(as_of=none) -%}
    {%- set rules = [] -%}
    {%- for stream in streams() -%}
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
                    'keep': rule.keep,
                    'interval': (parse_keep(rule.keep) or {}).get('interval'),
                    'then': then,
                    'where': condition_at(rule.get('where'), as_of),
                    'spare': rule.get('spare'),
                    'every': rule.get('every', 'day'),
                    'held_by': holders[layer],
                    'because': rule.because,
                    'later': 'children' if rule.get('children')
                        else none if then == 'delete'
                        else then if then is string else then | first,
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
