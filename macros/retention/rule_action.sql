{% macro rule_action(rule, as_of) -%}
    {#- What is done with the rows, up to its `where`: one of the forms of `then`. -#}
    {%- if rule.then == 'delete' -%}
        delete from {{ rule.relation }} as leaving
    {%- else -%}
        update {{ rule.relation }} as leaving
        set
        {%- if rule.then == 'soft_delete' %}
            {%- for column in rule.node.columns
                if column in ['deleted_at', 'deletedAt'] %}
            {{ adapter.quote(column) }} = {{ as_of }}
                {{- " at time zone 'UTC'"
                    if rule.node.columns[column].data_type.endswith('without time zone') }}
                {{- ',' if not loop.last }}
            {%- endfor %}
        {%- else %}
            {%- for column in rule.then.redact or rule.then.set %}
            {{ adapter.quote(column) }} =
                {%- if rule.then.redact %} null
                {%- else %} '{{ rule.then.set[column] | string | replace("'", "''") }}'
                {%- endif %}
                {{- ',' if not loop.last }}
            {%- endfor %}
        {%- endif %}
    {%- endif -%}
{%- endmacro %}
