{% macro in_buckets(alias, bucket, bucket_type, buckets) -%}
    {%- if buckets is not none -%}
        {#- Moments in UTC as text; a date is what stands in front. -#}
        where {{ alias }}.{{ bucket }} = any (
            {%- if buckets %} array['{{ buckets | join("', '") }}']
            {%- else %} array[]{% endif %}::{{ bucket_type }}[])
    {%- endif -%}
{%- endmacro %}
