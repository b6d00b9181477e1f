{% macro layer_rows() -%}
    {%- set selects = [] -%}
    {%- set streams = streams() if execute else [] -%}
    {%- set there = existing_tables(
        (streams | map(attribute='rollups') | sum(start=[]))
        + (streams | map(attribute='kept') | sum(start=[]))
    ) -%}
    {%- for stream in streams -%}
        {%- set layers = [('source', stream.source.name, 'null')] -%}
        {%- for layer, node in [('raw', stream.raw), ('staging', stream.staging)]
            if node -%}
            {%- do layers.append((layer, node.alias, 'null')) -%}
        {%- endfor -%}
        {%- for mart in stream.rollups + stream.kept if mart in there -%}
            {%- do layers.append((
                'marts', mart.alias,
                '(select count(*) from ' ~ node_relation(mart) ~ ')',
            )) -%}
        {%- endfor -%}
        {%- for layer, relation, count in layers -%}
            {%- do selects.append(
                "select '" ~ stream.name ~ "'::text as stream, '" ~ layer
                ~ "'::text as layer, '" ~ relation ~ "'::text as relation_name, "
                ~ count ~ "::bigint as counted_rows"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') or
        'select null::text as stream, null::text as layer,'
        ~ ' null::text as relation_name, null::bigint as counted_rows'
        ~ ' where false' }}
{%- endmacro %}
