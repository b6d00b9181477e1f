{% macro treatment_in_words(code, column) -%}
    {%- set words = {
        'hash_pii': 'a salted hash',
        'ip_network': 'its network',
        'user_agent_family': "the browser's family",
        'url_without_person': 'without user info, query and fragment',
    } -%}
    {%- set found = [] -%}
    {%- for call, argument, name in modules.re.findall(
        '(?s)\\{\\{-?\\s*(' ~ words | join('|')
        ~ ')\\(((?:(?!\\}\\}).)*)\\)\\s*-?\\}\\}\\s+as\\s+(\\w+)', code
    ) -%}
        {%- if modules.re.search('\\b' ~ modules.re.escape(column) ~ '\\b', argument) -%}
            {%- do found.append('`' ~ name ~ '`, ' ~ words[call]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if found -%}
        {%- do return(found | join('; ')) -%}
    {%- endif -%}
    {%- do return(
        'its length, or single keys, or whether there is one'
        if modules.re.search('\\b' ~ modules.re.escape(column) ~ '\\b', code)
        else 'left out'
    ) -%}
{%- endmacro %}
