{% macro normalize_pii(column) -%}
    {#- NFC; Unicode spaces off both ends; A-Z in lower case; '' is no value.
        collate "C": the same bytes on every server, with or without ICU. Text
        of one byte a character is in NFC as it is, and most is. -#}
    nullif(lower(btrim(
        case
            when octet_length({{ column }}) = length({{ column }})
                then {{ column }}
            else normalize({{ column }}, nfc)
        end,
        E'\t\n\u000b\f\r \u001c\u001d\u001e\u001f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff'
    ) collate "C"), '')
{%- endmacro %}
