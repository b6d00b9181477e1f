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
        ~ ')\\(((?:(?!\\}\\}).)*)\\)\\s*-?\\}\\}(?:\\s+as\\s+(\\w+))?', code
    ) -%}
        {%- if modules.re.search('\\b' ~ modules.re.escape(column) ~ '\\b', argument) -%}
            {%- do found.append(('`' ~ name ~ '`, ' if name else '') ~ words[call]) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- The linter has seen to it that nothing else is taken from it. -#}
    {%- do return(
        found | unique | join('; ')
        or 'its length, a single key, a match, or whether there is one'
    ) -%}
{%- endmacro %}
