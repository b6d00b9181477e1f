{% macro url_without_person(column, keep_query_keys=[]) -%}
    {#- No user info, query or fragment; the declared query keys stay. -#}
    regexp_replace(
        regexp_replace({{ column }}, '[?#].*$', ''),
        '^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/]*@', '\1//'
    )
    {%- if keep_query_keys %} || coalesce(
        (
            select '?' || string_agg(pair.text, '&' order by pair.position)
            from regexp_split_to_table(
                substring({{ column }} from '\?([^#]*)'), '&'
            ) with ordinality as pair (text, position)
            where split_part(pair.text, '=', 1)
                = any (array['{{ keep_query_keys | join("', '") }}'])
        ), ''
    )
    {%- endif -%}
{%- endmacro %}
