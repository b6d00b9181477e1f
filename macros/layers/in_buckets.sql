{% macro in_buckets(alias, bucket, bucket_type, buckets, kept_from) -%}
    {%- if buckets is not none -%}
        {%- set values = [] -%}
        {%- for moment in buckets -%}
            {%- do values.append(moment[:10] if bucket_type == 'date' else moment) -%}
        {%- endfor -%}
        where {{ alias }}.{{ bucket }} = any (
            {%- if values %} array['{{ values | join("', '") }}']
            {%- else %} array[]{% endif %}::{{ bucket_type }}[])
    {%- elif kept_from -%}
        where {{ alias }}.{{ bucket }} >= {{ kept_from }}
    {%- endif -%}
{%- endmacro %}
