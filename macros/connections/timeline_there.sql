{% macro timeline_there() -%}
    left(pg_walfile_name(pg_current_wal_lsn()), 8)
{%- endmacro %}
