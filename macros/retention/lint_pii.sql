{% macro lint_pii(stream) -%}
    {%- set problems = [] -%}
    {%- set staging = stream.staging -%}
    {%- for name, copy in stream.raw.columns.items()
        if name not in ['_clock', '_extracted_at', '_key'] -%}
        {%- set original = stream.source.columns.get(name) -%}
        {%- set kind = pii_kind(original or copy) -%}
        {%- if kind is none -%}
            {%- do problems.append(
                node_place(stream.source if original else stream.raw)
                ~ ': columns.' ~ name ~ '.config.meta.pii is missing, and raw'
                ~ ' copies the column; say what it tells of a person: '
                ~ pii_kinds() | join(', ') ~ '.'
            ) -%}
        {%- elif kind != 'none' -%}
            {%- if name in staging.columns -%}
                {%- do problems.append(
                    node_place(staging) ~ ': columns.' ~ name ~ ' bears the name of'
                    ~ ' a column of ' ~ stream.name ~ ' of kind ' ~ kind
                    ~ '; staging holds it treated, under a name that says so, or'
                    ~ ' not at all: ' ~ pii_kinds()[kind].advice ~ '.'
                ) -%}
            {%- elif names_untreated(staging.raw_code, name, kind) -%}
                {%- do problems.append(
                    staging.original_file_path ~ ': ' ~ staging.name ~ ': it reads `'
                    ~ name ~ '` of ' ~ stream.name ~ ', of kind ' ~ kind
                    ~ ', untreated; leave it out, or '
                    ~ pii_kinds()[kind].advice ~ '.'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
