{% macro streams() -%}
    {%- set streams = [] -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | list -%}
    {%- for raw in models | sort(attribute='name') if raw.fqn[1] == 'raw' -%}
        {%- set source_id = raw.depends_on.nodes | select('in', graph.sources) | first -%}
        {%- set source = graph.sources[source_id] -%}
        {%- set stream = {
            'name': source.source_name ~ '.' ~ source.name,
            'source': source, 'raw': raw, 'staging': none, 'rollups': [],
        } -%}
        {%- for staging in models
            if staging.fqn[1] == 'staging'
            and raw.unique_id in staging.depends_on.nodes -%}
            {%- do stream.update({
                'staging': staging,
                'rollups': models
                    | selectattr('config.materialized', 'equalto', 'rollup')
                    | selectattr('depends_on.nodes', 'equalto', [staging.unique_id])
                    | sort(attribute='name') | list,
            }) -%}
        {%- endfor -%}
        {%- do streams.append(stream) -%}
    {%- endfor -%}
    {%- do return(streams) -%}
{%- endmacro %}
