{% macro bytes_behind(until) -%}
    select case when pg_is_in_recovery()
        then '{{ until }}'::pg_lsn - pg_last_wal_replay_lsn() else 0 end
{%- endmacro %}
