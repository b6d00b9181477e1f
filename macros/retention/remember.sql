{% macro remember(rule, range, proof) %}
{%- set clock = clock_as_utc(
    rule.node, rule.stream.source.config.meta.capture.clock, 'leaving'
) %}
                with remembering as (
                    select
                        {{ memory_bucket(clock) }} as bucket,
                        {{ memory_digest(rule.stream, rule.node, 'leaving') }} as digest
                    from {{ rule.relation }} as leaving
                    where {{ range }}
                    {{ proof }}
                ),

                in_chunks as (
                    select
                        remembering.*,
                        (row_number() over (partition by bucket) - 1) / 8192 as chunk
                    from remembering
                ),

                remembered as (
                    insert into {{ retention_table('memory') }}
                        (stream, bucket, digests)
                    select '{{ rule.stream.name }}', bucket, array_agg(digest)
                    from in_chunks
                    group by bucket, chunk
                )

                select count(*) from remembering
            {% endmacro %}
