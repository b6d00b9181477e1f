{% macro chain_entry() -%}
                -- Hashed with the hash of the entry before it (docs/audit.md):
                -- whoever holds the gate sees the last one.
                written.entry := nextval('{{ retention_table('ledger_entry_seq') }}');
                written.database_user := current_user;
                written.recorded_at := clock_timestamp();
                written.form := 1;
                written.previous_hash := (
                    select ledger.hash from {{ retention_table('ledger') }} as ledger
                    order by ledger.entry desc
                    limit 1
                );
                written.hash := {{ ledger_hash('written') }};
                insert into {{ retention_table('ledger') }}
                overriding system value
                select written.*;
{%- endmacro %}
