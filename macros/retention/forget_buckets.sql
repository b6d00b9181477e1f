{% macro forget_buckets(rule, sweep) %}
{%- set bucket = adapter.quote(rule.clock) %}
                with forgotten as (
                    select {{ bucket }} as bucket, _rows
                    from {{ rule.relation }} as leaving
                    where {{ sweep.range }}
                    {{ sweep.proof }}
                ),

                unshown as (
                    delete from {{ sweep.mart }} as mart
                    where mart.{{ bucket }} in (select bucket from forgotten)
                ),

                unqueued as (
                    delete from {{ retention_table('touched') }} as touched
                    where touched.rollup = '{{ rule.node.alias }}'
                    and touched.bucket in (
                        select {{ bucket_as_utc('bucket') }} from forgotten
                    )
                )

                select jsonb_build_object(
                    '{{ rule.node.alias }}', -coalesce(sum(_rows), 0)
                ) from forgotten
            {% endmacro %}
