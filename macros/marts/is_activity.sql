{% macro is_activity(event_type) -%}
    {#- What only the user can do. Not a failed sign-in, nor asking for a way
        back in: anybody who knows an address can. -#}
    coalesce({{ event_type }} in (
        'signed_up', 'signed_in', 'token_refreshed', 'signed_out',
        'password_changed', 'email_changed'
    ), false)
{%- endmacro %}
