{% macro refuse_what_if(digest) -%}
    {%- if (digest | string).startswith('what-if-') -%}
        {%- do exceptions.raise_compiler_error(
            'Plan ' ~ digest ~ ' only says what if: write the time beside the'
            ~ ' table, and make a plan of that with `warehouse plan`.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
