{% macro leave_out_past_rows() -%}
    {%- if execute and model.config.materialized == 'table' -%}
        {%- for rule in model.config.meta.retention if parse_keep(rule.keep) -%}
            delete from {{ this }} as derived
            where derived.{{ adapter.quote(rule.since) }} < {{ kept_from(model, as_of()) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
