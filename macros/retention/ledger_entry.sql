{% macro ledger_entry(rule, batch, rows, outcome, clocks) %}
            -- The entry, hashed with the hash of the one before it: whoever
            -- holds the gate sees the last one.
            declare
                written {{ retention_table('ledger') }}%rowtype;
            begin
                written.entry := nextval('{{ retention_table('ledger_entry_seq') }}');
                written.run_id := '{{ batch.run_id }}';
                written.digest := '{{ batch.digest }}';
                written.rule := '{{ rule.id }}';
                written.rule_text := $rule${{ rule.text }}$rule$;
                written.stream := '{{ rule.stream.name }}';
                written.layer := '{{ rule.layer }}';
                written.relation := '{{ rule.relation.identifier }}';
                written.as_of := {{ batch.as_of }};
                written.cutoff := {{ batch.cutoff or 'null' }};
                select {{ clocks }} into written.first_clock, written.last_clock;
                written.rows := {{ rows }};
                written.sealed := sealed;
                written.outcome := {{ outcome }};
                written.attempts := attempt;
                written.took := clock_timestamp() - began;
                written.code_version :=
                    nullif('{{ batch.code_version | replace("'", "''") }}', '');
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
            end;
{%- endmacro %}
