{% macro lint_kinds(node) -%}
    {%- set problems = [] -%}
    {%- for column in node.columns.values() -%}
        {%- set kind = pii_kind(column) -%}
        {%- if kind is not none and kind not in pii_kinds() -%}
            {%- do problems.append(
                node_place(node) ~ ': columns.' ~ column.name ~ '.config.meta.pii is `'
                ~ kind ~ '`, which is no kind; write ' ~ pii_kinds() | join(', ') ~ '.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
