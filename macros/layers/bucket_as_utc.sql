{% macro bucket_as_utc(bucket) -%}
    {#- A date or an hour as the moment it begins, whatever the session's zone. -#}
    to_timestamp(extract(epoch from {{ bucket }})::double precision)
{%- endmacro %}
