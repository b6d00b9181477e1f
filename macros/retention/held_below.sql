{% macro held_below(stream, alias, holds) -%}
    {%- set raw_key = downstream_key(stream.raw) %}
            and ({{ on_hold(holds, 'staging') }} or exists (
                select from {{ node_relation(stream.raw) }} as original
                where {{ same_key(
                    'original', raw_key, alias, stream.staging.config.unique_key
                ) }}
                and {{ on_hold(holds, 'raw') }}
            ))
{%- endmacro %}
