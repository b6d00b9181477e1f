{% macro grace_of(stream) -%}
    {#- Of a stream, or of a table that nobody copies, which is none. -#}
    {%- for rule in (
        stream.raw.config.meta.get('retention') or [] if stream and stream.raw else []
    ) if rule is mapping and rule.get('grace') -%}
        {%- do return((parse_keep(rule.grace) or {}).get('interval')) -%}
    {%- endfor -%}
    {%- do return(none) -%}
{%- endmacro %}
