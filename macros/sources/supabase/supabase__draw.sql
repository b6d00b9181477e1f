{% macro supabase__draw(name, salt) -%}
    (abs(hashtextextended({{ name }} || ' {{ salt }}', 4)) % 10000)::int
{%- endmacro %}
