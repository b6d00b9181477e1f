{% macro seconds_in_words(seconds) -%}
    {%- if seconds is none -%}
        {%- do return('-') -%}
    {%- endif -%}
    {%- do return(
        '<1 s' if seconds < 1
        else (seconds | round | int) ~ ' s' if seconds < 90
        else (seconds / 60) | round | int ~ ' min' if seconds < 5400
        else (seconds / 3600) | round | int ~ ' h'
    ) -%}
{%- endmacro %}
