{% macro ledger_entry(rule, batch, rows, outcome, clocks) %}
            declare
                written {{ retention_table('ledger') }}%rowtype;
            begin
                {{- new_entry(rule, batch) }}
                select {{ clocks }} into written.first_clock, written.last_clock;
                written.rows := {{ rows }};
                written.sealed := sealed;
                written.outcome := {{ outcome }};
                written.attempts := attempt;
                written.took := clock_timestamp() - began;
                {{ chain_entry() }}
            end;
{%- endmacro %}
