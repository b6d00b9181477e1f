{% macro retention_sweeps(rule, cutoff, holds, in_batch=false) -%}
    {%- if rule.layer == 'source' -%}
        {%- do return(source_sweeps(rule, cutoff, holds, in_batch)) -%}
    {%- elif rule.layer == 'raw' -%}
        {%- do return([raw_sweep(rule, cutoff, holds, in_batch)]) -%}
    {%- elif rule.layer == 'staging' -%}
        {%- do return([staging_sweep(rule, cutoff, holds)]) -%}
    {%- else -%}
        {%- do return([mart_sweep(rule, cutoff)]) -%}
    {%- endif -%}
{%- endmacro %}
