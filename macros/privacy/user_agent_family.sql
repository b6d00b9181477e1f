{% macro user_agent_family(column) -%}
    {#- The family only; the order matters (Edge names Chrome, Chrome names
        Safari). -#}
    case
        when {{ column }} is null or {{ column }} = '' or {{ column }} = '-' then null
        when {{ column }} ~* '(bot|crawl|spider|slurp|monitor|preview|feed|reader|fetch)'
            then 'Bot'
        when {{ column }} ~ '(Edg|Edge|EdgA|EdgiOS)/' then 'Edge'
        when {{ column }} ~ '(OPR/|Opera)' then 'Opera'
        when {{ column }} ~ 'SamsungBrowser/' then 'Samsung Internet'
        when {{ column }} ~ '(Firefox|FxiOS)/' then 'Firefox'
        when {{ column }} ~ '(Chrome|CriOS|Chromium)/' then 'Chrome'
        when {{ column }} ~ '(MSIE |Trident/)' then 'Internet Explorer'
        when {{ column }} ~ 'Safari/' then 'Safari'
        when {{ column }} ~* '^(curl|wget|python|java|go-http|ruby|php|perl|libwww|okhttp|node|axios)'
            then 'Script'
        else 'Other'
    end
{%- endmacro %}
