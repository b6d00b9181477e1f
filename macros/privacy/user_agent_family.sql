{% macro user_agent_family(column) -%}
    {#- The family only. The order matters: Edge names Chrome, and Chrome names
        Safari. LIKE, because ten regular expressions a row took half of a
        build's time. -#}
    {%- set families = [
        ('Edge', ['Edg/', 'Edge/', 'EdgA/', 'EdgiOS/']),
        ('Opera', ['OPR/', 'Opera']),
        ('Samsung Internet', ['SamsungBrowser/']),
        ('Firefox', ['Firefox/', 'FxiOS/']),
        ('Chrome', ['Chrome/', 'CriOS/', 'Chromium/']),
        ('Internet Explorer', ['MSIE ', 'Trident/']),
        ('Safari', ['Safari/']),
    ] -%}
    {%- set bots = ['bot', 'crawl', 'spider', 'slurp', 'preview', 'feed'] -%}
    {%- set scripts = [
        'curl/', 'wget/', 'python', 'java/', 'go-http', 'ruby', 'php', 'perl',
        'libwww', 'okhttp', 'node', 'axios',
    ] -%}
    case
        when {{ column }} is null or {{ column }} in ('', '-') then null
        when lower({{ column }} collate "C") like any (
            array['%{{ bots | join("%', '%") }}%']
        ) then 'Bot'
        {%- for family, marks in families %}
        when {{ column }} like any (array['%{{ marks | join("%', '%") }}%'])
            then '{{ family }}'
        {%- endfor %}
        when lower({{ column }} collate "C") like any (
            array['{{ scripts | join("%', '") }}%']
        ) then 'Script'
        else 'Other'
    end
{%- endmacro %}
