{% macro postgres__collect_freshness_custom_sql(source, loaded_at_query) %}
    {#- As dbt's own, but now is as_of: in a simulation old data are fresh. -#}
    {% call statement('collect_freshness_custom_sql', fetch_result=true, auto_begin=false) -%}
        select
            ({{ loaded_at_query }}) as max_loaded_at,
            {{ as_of() }} as snapshotted_at
    {%- endcall %}
    {{ return(load_result('collect_freshness_custom_sql')) }}
{% endmacro %}
