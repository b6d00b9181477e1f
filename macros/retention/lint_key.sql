{% macro lint_key(node) -%}
    {%- set problems = [] -%}
    {%- set is_rollup = node.config.materialized == 'rollup' -%}
    {%- set declared = node.config.meta.rollup.grain if is_rollup
        else node.config.get('unique_key') -%}
    {%- set key = [declared] if declared is string else declared or [] -%}
    {%- set found = primary_key(node) -%}
    {%- if key and key | sort != found | sort -%}
        {%- do problems.append(
            node_place(node) ~ ': constraints: the primary key is '
            ~ ('`' ~ found | join(', ') ~ '`' if found else 'missing') ~ ', but '
            ~ ('meta.rollup.grain' if is_rollup else 'config.unique_key') ~ ' is `'
            ~ key | join(', ') ~ '`; write `{type: primary_key, columns: ['
            ~ key | join(', ') ~ '], warn_unsupported: false}`.'
        ) -%}
    {%- endif -%}
    {%- for name in key if is_rollup -%}
        {%- set types = node.columns[name].constraints | map(attribute='type') | list -%}
        {%- if 'not_null' not in types and 'primary_key' not in types -%}
            {%- do problems.append(
                node_place(node) ~ ': columns.' ~ name ~ ' is in the grain, where'
                ~ ' nothing may be NULL; write `coalesce(<column>, <what stands for'
                ~ ' none>)` in the SELECT, and `constraints: [{type: not_null,'
                ~ ' warn_unsupported: false}]` here.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
