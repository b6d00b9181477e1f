{% macro kept_values(parent, alias) -%}
    {#- Column here -> condition: its original in the layer before was emptied by
        a rule, which says nothing of what was made of it. -#}
    {%- set kept = {} -%}
    {%- if parent.resource_type == 'model' and parent.fqn[1] == 'raw' -%}
        {%- set emptied = emptied_at(parent, alias, as_of()) -%}
        {%- for column, originals in made_of(model, emptied | list).items() -%}
            {%- set found = [] -%}
            {%- for original in originals -%}
                {%- do found.append(emptied[original]) -%}
            {%- endfor -%}
            {%- do kept.update({column: '(' ~ found | join(' or ') ~ ')'}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(kept) -%}
{%- endmacro %}
