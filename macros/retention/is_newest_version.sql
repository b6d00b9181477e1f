{% macro is_newest_version(node, key, alias, taken_in_then=none) -%}
    (
    {%- if taken_in_then %}
                    -- its key has one version, and raw has taken in none since
                    (
                        ({{ quoted_key(key, alias) }}) not in (
                            select {{ quoted_key(key, 'changed') }}
                            from pg_temp.changed_keys as changed
                        )
                        and {{ taken_in(node_relation(node)) | indent(24) }} = {{ taken_in_then }}
                    )
                    or
    {%- endif %} not exists (
                        select from {{ node_relation(node) }} as later
                        where {{ same_key('later', key, alias, key) }}
                        and later._extracted_at > {{ alias }}._extracted_at
                    )
                )
{%- endmacro %}
