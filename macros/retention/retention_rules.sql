{% macro retention_rules() -%}
    {%- set rules = [] -%}
    {%- for stream in streams() -%}
        {%- set capture = stream.source.config.meta.capture -%}
        {%- set source_key = capture.key -%}
        {%- set holders = {
            'source': [stream.raw.name],
            'raw': [stream.staging.name] if stream.staging else [],
            'staging': stream.rollups | map(attribute='name') | list,
            'marts': [],
        } -%}
        {%- set nodes = [
            ('source', stream.source, source_key),
            ('raw', stream.raw, source_key),
        ] -%}
        {%- if stream.staging -%}
            {%- do nodes.append(
                ('staging', stream.staging, stream.staging.config.unique_key)
            ) -%}
        {%- endif -%}
        {%- for rollup in stream.rollups -%}
            {%- do nodes.append(('marts', rollup, rollup.config.meta.rollup.grain)) -%}
        {%- endfor -%}
        {%- for layer, node, key in nodes -%}
            {%- for declared in node.config.meta.retention -%}
                {%- set rule = dict(
                    node.config.meta.get('retention_default', {}), **declared
                ) -%}
                {%- set id = stream.name if layer == 'source' else node.name -%}
                {%- do rules.append({
                    'id': id if loop.first else id ~ '#' ~ loop.index,
                    'stream': stream,
                    'layer': layer,
                    'node': node,
                    'relation': node_relation(node),
                    'key': key,
                    'clock': rule.since if layer == 'source' else '_clock',
                    'keep': rule.keep,
                    'interval': (parse_keep(rule.keep) or {}).get('interval'),
                    'then': rule.get('then', 'delete'),
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
