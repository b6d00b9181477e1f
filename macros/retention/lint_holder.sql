{% macro lint_holder(node, rule, at, readers) -%}
    {%- set layer = 'source' if node.resource_type == 'source' else node.fqn[1] -%}
    {%- set next_layer = {'source': 'raw', 'raw': 'staging', 'staging': 'marts'}.get(layer) -%}
    {%- set held_by = rule.get('held_by', next_layer) -%}
    {%- if not next_layer -%}
        {%- do return([
            at ~ '.held_by is `' ~ held_by ~ '`, but nothing comes after a mart;'
            ~ ' leave it out.'
        ] if held_by else []) -%}
    {%- endif -%}
    {%- if held_by not in [next_layer, 'nothing'] -%}
        {%- do return([
            at ~ '.held_by is `' ~ held_by ~ '`, which is not the layer that holds'
            ~ ' the rows of this one; write ' ~ next_layer
            ~ ', or `nothing` where nobody needs them.'
        ]) -%}
    {%- endif -%}

    {#- Of staging a derived table holds nothing: it is made anew. -#}
    {%- set holders = [] -%}
    {%- for reader in readers.get(node.unique_id, [])
        if reader.fqn[1] == next_layer and reader.config.materialized
        in ['append_only', 'latest_version', 'rollup'] -%}
        {%- do holders.append(reader.name) -%}
    {%- endfor -%}
    {%- if held_by == 'nothing' and holders -%}
        {%- do return([
            at ~ '.held_by is `nothing`, but ' ~ holders | sort | join(' and ')
            ~ (' hold' if holders | length > 1 else ' holds') ~ ' its rows, and is waited for; take it out.'
        ]) -%}
    {%- endif -%}
    {%- if layer == 'raw' and not holders -%}
        {%- do return([
            at ~ ' lets rows go, but no staging model holds them; write one in'
            ~ ' models/staging, or take ' ~ node.name ~ ' out: what nobody reads'
            ~ ' is not copied.'
        ]) -%}
    {%- endif -%}
    {%- set usual = (node.config.meta.get('retention_default') or {}).get('because') -%}
    {%- if held_by == 'nothing' and rule.get('because') == usual and usual -%}
        {%- do return([
            at ~ '.held_by is `nothing` without a because of its own; say why'
            ~ ' nobody needs these rows.'
        ]) -%}
    {%- endif -%}
    {#- A value that is set, or a mark, loses nothing. -#}
    {%- set then = rule.get('then', 'delete') -%}
    {%- set loses = (parse_keep(rule.get('keep')) or rule.get('keep') == 'while_in_source')
        and (then == 'delete' or then is mapping and 'redact' in then) -%}
    {%- if loses and held_by != 'nothing' and not holders -%}
        {%- set what = {
            'source': 'no raw model holds them; write one in models/raw',
            'staging': 'no rollup or kept mart holds their numbers; write one in models/marts',
        }[layer] -%}
        {%- do return([
            at ~ ' lets rows go, but ' ~ what ~ ', or `held_by: nothing` and say in'
            ~ ' because why nobody needs them, or `keep: forever` with a reason.'
        ]) -%}
    {%- endif -%}
    {%- do return([]) -%}
{%- endmacro %}
