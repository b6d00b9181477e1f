{% macro begin_there(lock_seconds, statement_seconds) -%}
begin;
                -- Values are written there as they are written here.
                set local timezone = 'UTC';
                set local datestyle = 'ISO';
                set local intervalstyle = 'postgres';
                set local bytea_output = 'hex';
                set local extra_float_digits = 1;
                -- A row that this role may not see is an error.
                set local row_security = off;
                set local synchronous_commit = on;
                set local lock_timeout = '{{ (lock_seconds * 1000) | int }}ms';
                set local statement_timeout = '{{ statement_seconds }}s';
                -- Should we be gone, it ends by itself.
                set local idle_in_transaction_session_timeout = '60s'
{%- endmacro %}
