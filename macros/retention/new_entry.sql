{% macro new_entry(rule, batch) %}
                written.run_id := '{{ batch.run_id }}';
                written.digest := '{{ batch.digest }}';
                written.rule := '{{ rule.id }}';
                written.rule_text := $rule${{ rule.text }}$rule$;
                written.stream := '{{ rule.stream.name }}';
                written.layer := '{{ rule.layer }}';
                written.relation := '{{ rule.relation.identifier }}';
                written.as_of := {{ batch.as_of }};
                written.cutoff := {{ batch.cutoff or 'null' }};
                written.code_version :=
                    nullif('{{ batch.code_version | replace("'", "''") }}', '');
{%- endmacro %}
