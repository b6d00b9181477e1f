{% macro ip_network(column) -%}
    {#- /24 of an IPv4 address (an IPv4-mapped IPv6 one, too), /48 of an IPv6
        one; NULL where the text is no address. -#}
    case
        when {{ column }} ~ '^(::[fF]{4}:)?((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$'
            then network(set_masklen(split_part({{ column }}, ':', -1)::inet, 24))
        when {{ column }} ~* '^(([0-9a-f]{1,4}:){7}([0-9a-f]{1,4}|:)|:(:[0-9a-f]{1,4}){7})$'
            or ({{ column }} ~* '^[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}$'
                and length({{ column }}) - length(replace({{ column }}, '::', '')) = 2
                and {{ column }} !~ ':::|^:[^:]|[^:]:$')
            then network(set_masklen({{ column }}::inet, 48))
    end
{%- endmacro %}
