{% macro names_untreated(code, column, kind) -%}
    {%- set re = modules.re -%}
    {%- set name = re.escape(column) -%}
    {#- What is not in lower case has to stand in quotes. -#}
    {%- set bare = '(?:"' ~ name ~ '"' ~ (
        '|\\b' ~ name ~ '\\b' if column == column | lower else ''
    ) ~ ')' -%}
    {%- set it = '(?:\\w+\\.)?' ~ bare -%}
    {%- set harmless = [
        treatment_pattern(kind),
        '\\{\\{-?\\s*(?:config|ref)\\((?:(?!\\}\\}).)*\\)\\s*-?\\}\\}',
        '\\b(?:length|octet_length)\\(\\s*' ~ it ~ '\\s*\\)',
        it ~ '\\s+is\\s+(?:not\\s+)?null\\b',
        it ~ "\\s*(?:\\bnot\\s+)?(?:\\bi?like\\b|!?~~?\\*?)\\s*'[^']*'",
    ] -%}
    {%- if kind == 'free_text' -%}
        {%- do harmless.append(it ~ "\\s*->>\\s*'[^']*'") -%}
    {%- endif -%}
    {%- set left = re.sub('(?is)' ~ harmless | join('|'), ' ', code) -%}
    {#- Jinja stays, for it can name a column; comments and texts go. -#}
    {%- set left = re.sub(
        "(?s)(\\{\\{.*?\\}\\}|\\{%.*?%\\})|\\{#.*?#\\}|/\\*.*?\\*/|--[^\\n]*"
        ~ "|'(?:[^']|'')*'", '\\1 ', left
    ) -%}
    {%- do return(re.search(bare, left) is not none) -%}
{%- endmacro %}
