{% macro url_without_person(column, keep_query_keys=[]) -%}
    {#- No user info (nor that of a URL in the path), query or fragment; the
        declared query keys stay. Of an address or number to write or call to,
        only the scheme. -#}
    case
        {#- Most have nothing to take out; LIKE sees that in a fifth of the time. #}
        when {{ column }} like any (array['http%', '/%'])
            and not {{ column }} like any (array['%#%', '%?%', '%@%'])
            then {{ column }}
        else regexp_replace(
            regexp_replace(
                regexp_replace(
                    split_part(split_part({{ column }}, '#', 1), '?', 1),
                    '^[[:space:][:cntrl:]]*((mailto|tel|sms|sip|xmpp|geo|data):).*$',
                    '\1', 'i'
                ),
                '(^|//)[^/]*@', '\1', 'g'
            ),
            {#- Of any other scheme, too, but where a port stands (host:8443/...). #}
            '^[[:space:][:cntrl:]]*([a-z][a-z0-9+.-]*:)(?!//|[0-9]{1,5}(/|$)).*$',
            '\1', 'i'
        )
    end
    {%- if keep_query_keys %} || coalesce(
        (
            select '?' || string_agg(pair.text, '&' order by pair.position)
            from regexp_split_to_table(
                substring({{ column }} from '^[^#?]*\?([^#]*)'), '&'
            ) with ordinality as pair (text, position)
            where split_part(pair.text, '=', 1)
                = any (array['{{ keep_query_keys | join("', '") }}'])
        ), ''
    )
    {%- endif -%}
{%- endmacro %}
