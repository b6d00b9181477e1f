{% macro rule_condition(rule) -%}
    {%- if rule.where %}
        and ({{ rule.where }})
    {%- endif -%}
    {%- if rule.spare %}
        -- not among the latest {{ rule.spare.latest }} of its kind, which are
        -- found once, not looked for from each row
        and ({{ quoted_key(rule.key, 'leaving') }}) not in (
            select {{ quoted_key(rule.key, 'ranked') }}
            from (
                select
                    {{ quoted_key(rule.key, 'alive') }},
                    row_number() over (
                        partition by {{ quoted_key(rule.spare.per, 'alive') }}
                        order by
                            alive.{{ adapter.quote(rule.clock) }} desc nulls last
                            {%- for column in rule.key -%}
                                , alive.{{ adapter.quote(column) }} desc
                            {%- endfor %}
                    ) as place
                from {{ rule.relation }} as alive
            ) as ranked
            where ranked.place <= {{ rule.spare.latest }}
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
        {%- if rule.warn %}
        -- warned since, and long enough ago
        {%- set warned = clock_as_utc(rule.node, rule.warn.column, 'leaving') %}
        and {{ warned }} >= {{ clock_as_utc(rule.node, rule.clock, 'leaving') }}
        and {{ warned }} <= {{ cutoff(rule.as_of, parse_keep(rule.warn.ahead).interval) }}
        {%- endif %}
    {%- endif -%}
{%- endmacro %}
