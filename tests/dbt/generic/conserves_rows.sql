{% test conserves_rows(model) %}
{# Rows in the mart = living rows + sealed rows, bucket by bucket, where no
   build is queued. It would hide a row counted twice, or not at all. #}
{%- if execute %}
{%- set rollup = graph.nodes.values()
    | selectattr('config.materialized', 'equalto', 'rollup')
    | selectattr('alias', 'equalto', model.identifier) | first %}
{{ unconserved_buckets(rollup) or
    '-- Compiled before its first build: nothing says where its rows come from.'
    ~ '\nselect * from ' ~ model }}
{%- endif %}
{% endtest %}
