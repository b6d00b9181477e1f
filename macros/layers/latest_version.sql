{% materialization latest_version, adapter='postgres', supported_languages=['sql'] %}
    {%- do return(load_layer('upsert_latest')) -%}
{% endmaterialization %}
