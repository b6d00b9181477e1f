{% macro ledger_entry(rule, batch, rows, outcome, clocks) %}
            insert into {{ retention_table('ledger') }} (
                run_id, digest, rule, rule_text, stream, layer, relation,
                as_of, cutoff, first_clock, last_clock, rows, sealed,
                outcome, attempts, took, code_version
            )
            values (
                '{{ batch.run_id }}', '{{ batch.digest }}', '{{ rule.id }}',
                $rule${{ rule.text }}$rule$, '{{ rule.stream.name }}',
                '{{ rule.layer }}', '{{ rule.relation.identifier }}',
                {{ batch.as_of }}, {{ batch.cutoff or 'null' }},
                {{ clocks }},
                {{ rows }}, sealed, {{ outcome }}, attempt,
                clock_timestamp() - began, nullif('{{ batch.code_version | replace("'", "''") }}', '')
            );
{%- endmacro %}
