{% macro build_problem(stream, build) -%}
    {#- What holds the rows must have been built, and each of its tests passed:
        in the given build, or, without one, when last run. -#}
    {%- set models = stream_models(stream) | map(attribute='unique_id') | list -%}
    {#- And the copies of the rows that go with them. -#}
    {%- for other in streams() if other.raw -%}
        {%- for parent, _ in parents_of(other)
            if parent.unique_id == stream.source.unique_id -%}
            {%- do models.append(other.raw.unique_id) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set nodes = models | list -%}
    {%- for test in graph.nodes.values()
        if test.resource_type == 'test' and test.config.enabled -%}
        {%- for parent in test.depends_on.nodes if parent in models -%}
            {%- if test.unique_id not in nodes -%}
                {%- do nodes.append(test.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set ended = {} -%}
    {%- for row in run_query(
        "select distinct on (node) node, status
        from " ~ retention_table('build') ~ "
        where node = any (array['" ~ nodes | join("', '") ~ "'])
        " ~ ("and build_id = '" ~ build | replace("'", "''") ~ "'" if build else "") ~ "
        order by node, finished_at desc"
    ).rows -%}
        {%- do ended.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- for node in nodes
        if ended.get(node, 'missing') not in ['success', 'pass', 'warn'] -%}
        {%- set status = ended.get(node, 'not built') -%}
        {%- do return(
            node.split('.')[2] ~ ' ended as ' ~ status ~ ' in '
            ~ ('this build' if build else 'its last build')
        ) -%}
    {%- endfor -%}
    {%- do return(none) -%}
{%- endmacro %}
