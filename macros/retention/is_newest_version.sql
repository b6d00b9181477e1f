{% macro is_newest_version(node, key, alias, listed_at=none) -%}
    (
    {%- if listed_at %}
                    -- its key has one version, and raw has taken in none since
                    (
                        ({{ quoted_key(key, alias) }}) not in (
                            select {{ quoted_key(key, 'changed') }}
                            from pg_temp.changed_keys as changed
                        )
                        and (
                            select max(account.loaded_at)
                            from {{ retention_table('load') }} as account
                            where account.relation = '{{ node_relation(node).identifier }}'
                        ) = '{{ listed_at }}'
                    )
                    or
    {%- endif %} not exists (
                        select from {{ node_relation(node) }} as later
                        where {{ same_key('later', key, alias, key) }}
                        and later._extracted_at > {{ alias }}._extracted_at
                    )
                )
{%- endmacro %}
