{% macro seal(rollup, rule, range, proof) %}
{%- set columns = rollup.columns %}
                with {{ adapter.quote(rule.relation.identifier) }} as (
                    select * from {{ rule.relation }} as leaving
                    where {{ range }}
                    {{ proof }}
                ),

                rolled as materialized (
                    {{ rollup.query }}
                ),

                sealing as (
                    insert into {{ rollup.sealed }} as sealed
                        ({{ quoted_key(columns) }})
                    select {{ quoted_key(columns, 'rolled') }} from rolled
                    -- In the order of its key, which takes less than any other.
                    order by {{ quoted_key(rollup.grain, 'rolled') }}
                    on conflict ({{ quoted_key(rollup.grain) }}) do update
                    set
                    {%- for measure, kind in rollup.measures.items() %}
                    {%- set column = adapter.quote(measure) %}
                        {{ column }} =
                        {%- if kind == 'sum' %} coalesce(
                            sealed.{{ column }} + excluded.{{ column }},
                            sealed.{{ column }}, excluded.{{ column }})
                        {%- else %} {{ 'least' if kind == 'min' else 'greatest' }}(
                            sealed.{{ column }}, excluded.{{ column }})
                        {%- endif -%}
                        {{ ',' if not loop.last }}
                    {%- endfor %}
                ),

                touching as (
                    insert into {{ retention_table('touched') }} (rollup, bucket)
                    select distinct
                        '{{ rollup.name }}',
                        {{ bucket_as_utc('rolled.' ~ adapter.quote(rollup.bucket)) }}
                    from rolled
                )

                select coalesce(sum(rolled._rows), 0) from rolled
            {% endmacro %}
