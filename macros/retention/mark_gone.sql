{% macro mark_gone(rule, sweep, batch) %}
{%- set staging = rule.stream.staging %}
                update {{ node_relation(staging) }} as kept
                set _gone_at = {{ batch.as_of }}
                from (
                    -- Alone: a hold names columns without an alias, and staging
                    -- may have one of the same name.
                    select * from {{ rule.relation }} as leaving
                    where {{ sweep.range }}
                    {{ sweep.proof }}
                ) as leaving
                where {{ same_key(
                    'kept', staging.config.unique_key,
                    'leaving', downstream_key(rule.stream.raw)
                ) }}
                and kept._gone_at is null
                and not exists (
                    select from {{ node_relation(rule.stream.source) }} as living
                    where {{ same_key('living', rule.key, 'leaving', rule.key) }}
                )
            {% endmacro %}
