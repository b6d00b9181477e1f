{% macro streams() -%}
    {#- One per source table whose rows can leave or are captured, with all that
        is made of it. -#}
    {%- set streams = [] -%}
    {%- set models = graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | sort(attribute='name') | list -%}
    {%- set made_of = {} -%}
    {%- for model in models
        if model.fqn[1] in ['raw', 'staging'] and model.depends_on.nodes -%}
        {%- do made_of.update({model.depends_on.nodes[0]: model}) -%}
    {%- endfor -%}
    {%- for source in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- set raw = made_of.get(source.unique_id) -%}
        {%- set staging = made_of.get(raw.unique_id) if raw else none -%}
        {#- A model takes its rows from what it names first (`upstream`). -#}
        {%- set readers = models
            | selectattr('depends_on.nodes.0', 'equalto', staging.unique_id)
            | list if staging else [] -%}
        {#- The linter asks, too, so what is declared may be anything. -#}
        {%- set capture = source.config.meta.get('capture') -%}
        {%- set declared = source.config.meta.get('retention') -%}
        {%- set limited = [] -%}
        {%- for rule in (declared if declared is sequence else [])
            if rule is mapping and rule.get('keep') != 'forever' -%}
            {%- do limited.append(rule) -%}
        {%- endfor -%}
        {%- if raw or limited -%}
            {%- do streams.append({
                'name': source.source_name ~ '.' ~ source.name,
                'kind': capture.get('kind') if capture is mapping else none,
                'source': source,
                'raw': raw,
                'staging': staging,
                'rollups': readers
                    | selectattr('config.materialized', 'equalto', 'rollup')
                    | list,
                'kept': readers
                    | selectattr(
                        'config.materialized', 'in',
                        ['append_only', 'latest_version']
                    ) | list,
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(streams) -%}
{%- endmacro %}
