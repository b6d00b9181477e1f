{% macro in_buckets(alias, bucket, bucket_type, buckets, kept_from) -%}
    {%- if buckets is not none -%}
        {#- Moments in UTC as text; a date is what stands in front. -#}
        where {{ alias }}.{{ bucket }} = any (
            {%- if buckets %} array['{{ buckets | join("', '") }}']
            {%- else %} array[]{% endif %}::{{ bucket_type }}[])
    {%- elif kept_from -%}
        where {{ alias }}.{{ bucket }} >= {{ kept_from }}
    {%- endif -%}
{%- endmacro %}
