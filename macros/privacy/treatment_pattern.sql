{% macro treatment_pattern(kind) -%}
    {#- A whole expression: one call, that nothing is added to. -#}
    {%- set declared = pii_kinds()[kind] -%}
    {%- set calls = [] -%}
    {%- if declared.hashed_as -%}
        {%- do calls.append(
            'hash_pii\\((?:(?!\\}\\}|~).)*,\\s*[\'"]' ~ declared.hashed_as ~ '[\'"]'
        ) -%}
    {%- endif -%}
    {%- if declared.macros -%}
        {%- do calls.append(
            '(?:' ~ declared.macros | join('|') ~ ')\\((?:(?!\\}\\}|~).)*'
        ) -%}
    {%- endif -%}
    {%- do return(
        '\\{\\{-?\\s*(?:' ~ calls | join('|') ~ ')\\s*\\)\\s*-?\\}\\}'
        if calls else '(?!)'
    ) -%}
{%- endmacro %}
