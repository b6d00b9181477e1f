{% macro normalize_pii(column) -%}
    {#- NFC; Unicode spaces off both ends; A-Z in lower case; '' is no value.
        collate "C": the same bytes on every server, with or without ICU. -#}
    nullif(lower(regexp_replace(
        normalize({{ column }}, nfc) collate "C",
        '^[\s\u0085\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+|[\s\u0085\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+$',
        '', 'g'
    ) collate "C"), '')
{%- endmacro %}
