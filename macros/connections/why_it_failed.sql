{% macro why_it_failed() -%}
    {#- Of an error there, as `detail` and sqlerrm: never a row's values. -#}
    case
                        when sqlstate like '08%' then coalesce(nullif(split_part(
                            regexp_replace(
                                detail, '^.*failed: (FATAL:  )?', ''
                            ), chr(10), 1
                        ), ''), 'it broke off')
                        when sqlstate like '42%' and sqlerrm ~ (
                            '^(permission denied for|query would be affected by row-level'
                            '|(relation|column|type|function|schema) .* does not exist$)'
                        ) then sqlerrm
                        else sqlstate
                    end
{%- endmacro %}
