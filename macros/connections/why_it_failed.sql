{% macro why_it_failed() -%}
    {#- Of an error there, as `detail` and sqlerrm: never a row's values. -#}
    case
                        when sqlstate like '08%' then split_part(regexp_replace(
                            coalesce(detail, ''), '^.*failed: (FATAL:  )?', ''
                        ), chr(10), 1)
                        when sqlstate like '42%' then sqlerrm
                        else sqlstate
                    end
{%- endmacro %}
