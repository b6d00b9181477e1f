{% macro ledger_hash(entry) -%}
    {#- Form 1, as docs/audit.md tells it: nothing here depends on a setting of the
        session. What is null is left out, so that a column of later years does
        not change the entries from before it. -#}
    encode(sha256(convert_to(json_strip_nulls(json_build_object(
                    'form', {{ entry }}.form,
                    'previous_hash', {{ entry }}.previous_hash,
                    'entry', {{ entry }}.entry,
                    'run_id', {{ entry }}.run_id,
                    'digest', {{ entry }}.digest,
                    'rule', {{ entry }}.rule,
                    'rule_text', {{ entry }}.rule_text::text,
                    'stream', {{ entry }}.stream,
                    'layer', {{ entry }}.layer,
                    'relation', {{ entry }}.relation,
                    'as_of', extract(epoch from {{ entry }}.as_of)::text,
                    'cutoff', extract(epoch from {{ entry }}.cutoff)::text,
                    'first_clock', extract(epoch from {{ entry }}.first_clock)::text,
                    'last_clock', extract(epoch from {{ entry }}.last_clock)::text,
                    'rows', {{ entry }}.rows,
                    'sealed', {{ entry }}.sealed::text,
                    'outcome', {{ entry }}.outcome,
                    'attempts', {{ entry }}.attempts,
                    'took', extract(epoch from {{ entry }}.took)::text,
                    'code_version', {{ entry }}.code_version,
                    'database_user', {{ entry }}.database_user,
                    'recorded_at', extract(epoch from {{ entry }}.recorded_at)::text
                ))::text, 'UTF8')), 'hex')
{%- endmacro %}
