{% macro pii_kinds() -%}
    {#- hashed_as: the kinds that hash_pii may be given, as a pattern. -#}
    {%- do return({
        'email': {
            'words': 'e-mail address', 'hashed_as': 'email', 'macros': [],
            'advice': "write `{{ hash_pii(<column>, 'email') }}`",
        },
        'phone': {
            'words': 'phone number', 'hashed_as': 'phone', 'macros': [],
            'advice': "write `{{ hash_pii(<column>, 'phone') }}`",
        },
        'ip': {
            'words': 'IP address', 'hashed_as': 'ip', 'macros': ['ip_network'],
            'advice': "write `{{ hash_pii(<column>, 'ip') }}` or"
                ~ " `{{ ip_network(<column>) }}`",
        },
        'user_agent': {
            'words': 'browser', 'hashed_as': 'user_agent',
            'macros': ['user_agent_family'],
            'advice': "write `{{ user_agent_family(<column>) }}`",
        },
        'url': {
            'words': 'web address', 'hashed_as': 'url',
            'macros': ['url_without_person'],
            'advice': "write `{{ url_without_person(<column>) }}`",
        },
        'name': {
            'words': 'name', 'hashed_as': none, 'macros': [],
            'advice': "write `length(<column>)` or `<column> is not null`",
        },
        'free_text': {
            'words': 'free text', 'hashed_as': none, 'macros': [],
            'advice': "write `length(<column>)`, `<column> is not null`, or of JSON"
                ~ " single keys, `<column> ->> 'key'`",
        },
        'id': {
            'words': 'identifier of a person',
            'hashed_as': '(?!email\\b)\\w+', 'macros': [],
            'advice': "write `{{ hash_pii(<column>, 'user') }}`, or another kind of"
                ~ " identifier than user",
        },
        'none': {
            'words': 'nothing of a person', 'hashed_as': none, 'macros': [],
            'advice': 'take it as it is',
        },
    }) -%}
{%- endmacro %}
