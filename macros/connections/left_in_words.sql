{% macro left_in_words(rows) -%}
    case
                when {{ rows }} > 0 then format(
                    '; %s had changed or gone there since, and were left', {{ rows }}
                )
                else ''
            end
{%- endmacro %}
