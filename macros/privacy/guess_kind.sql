{% macro guess_kind(column) -%}
    {#- By its name alone: a person says what it is. -#}
    {%- set found = namespace(kind='none') -%}
    {%- for kind, marks in [
        ('id', ['(^|_)(id|key|uid|uuid)$']),
        ('free_text', ['message|note|comment|body|text|description|meta|properties']),
        ('name', ['(^|_)(first|last|full|display|user|nick)_?name']),
        ('url', ['url|uri|link|referr?er|redirect']),
        ('user_agent', ['user_?agent|browser']),
        ('ip', ['(^|_)ip(_|$)|ip_?address|remote_?addr']),
        ('phone', ['phone|mobile|(^|_)tel(_|$)']),
        ('email', ['e_?mail']),
    ] -%}
        {%- set words = modules.re.sub('([a-z0-9])([A-Z])', '\\1_\\2', column) | lower -%}
        {%- if modules.re.search(marks[0], words) -%}
            {%- set found.kind = kind -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(found.kind) -%}
{%- endmacro %}
