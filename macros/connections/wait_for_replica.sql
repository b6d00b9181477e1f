{% macro wait_for_replica(stream, seconds=10) -%}
    {#- Mostly it is there in no time, and then the copies go in the same night. -#}
    {%- set waiting = namespace(is_over=false) -%}
    {%- for _ in range(seconds * 5) if not waiting.is_over -%}
        {%- set waiting.is_over = replica_behind(stream) is none -%}
        {%- if not waiting.is_over -%}
            {%- do run_query('select pg_sleep(0.2)') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
