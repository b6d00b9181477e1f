{% macro ledger_entry(rule, batch, rows, outcome, clocks) %}
            declare
                written {{ retention_table('ledger') }}%rowtype;
            begin
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
                {{ chain_entry() }}
            end;
{%- endmacro %}
