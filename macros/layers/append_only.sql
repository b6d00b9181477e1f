{% materialization append_only, adapter='postgres', supported_languages=['sql'] %}
    {%- set parent = graph.sources.get(model.depends_on.nodes[0]) -%}
    {%- do return(load_layer(
        'append_new_versions'
        if parent and parent.config.meta.capture.kind == 'entity'
        else 'append_new_rows'
    )) -%}
{% endmaterialization %}
