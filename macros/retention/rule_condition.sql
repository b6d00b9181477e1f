{% macro rule_condition(rule) -%}
    {%- if rule.where %}
        and ({{ rule.where }})
    {%- endif -%}
    {%- if rule.spare %}
        -- not among the latest {{ rule.spare.latest }} of its kind
        and exists (
            select from {{ rule.relation }} as newer
            where ({{ quoted_key(rule.spare.per, 'newer') }})
                is not distinct from ({{ quoted_key(rule.spare.per, 'leaving') }})
            and ({{ quoted_key([rule.clock] + rule.key, 'newer') }})
                > ({{ quoted_key([rule.clock] + rule.key, 'leaving') }})
            offset {{ rule.spare.latest - 1 }} limit 1
        )
    {%- endif -%}
    {#- What has been done to a row is not done again. -#}
    {%- if rule.then is mapping and rule.then.redact %}
        and num_nonnulls({{ quoted_key(rule.then.redact, 'leaving') }}) > 0
    {%- elif rule.then is mapping and rule.then.set %}
        and ({{ quoted_key(rule.then.set | list, 'leaving') }}) is distinct from (
            {%- for value in rule.then.set.values() -%}
                '{{ value | string | replace("'", "''") }}'{{ ', ' if not loop.last }}
            {%- endfor -%}
        )
    {%- elif rule.then == 'soft_delete' %}
        {%- for column in rule.node.columns
            if column in ['deleted_at', 'deletedAt'] %}
        and leaving.{{ adapter.quote(column) }} is null
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}
