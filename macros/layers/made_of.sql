{% macro made_of(staging, columns) -%}
    {#- By the model's own text: behind the name of a column comes, before the
        comma that ends its line, `as` and the name of what is made of it. The
        linter refuses an emptied column for which nothing is found. -#}
    {%- set re = modules.re -%}
    {%- set code = re.sub('(?s)\\{#.*?#\\}|/\\*.*?\\*/|--[^\\n]*', ' ', staging.raw_code) -%}
    {%- set made = {} -%}
    {%- for column in columns -%}
        {%- if column in staging.columns -%}
            {%- do made.setdefault(column, []).append(column) -%}
        {%- endif -%}
        {%- for name in re.findall(
            '(?is)["\'(.\\s]' ~ re.escape(column)
            ~ '\\b(?:(?!\\b(?:as|from)\\b|,\\s*\\n).)*?\\bas\\s+"?(\\w+)', code
        ) if name in staging.columns -%}
            {%- if column not in made.setdefault(name, []) -%}
                {%- do made[name].append(column) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(made) -%}
{%- endmacro %}
