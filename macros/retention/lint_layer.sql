{% macro lint_layer(node, readers) -%}
    {%- set problems = [] -%}
    {%- set place = node_place(node) -%}
    {%- set layer = node.fqn[1] -%}
    {%- set above = {'raw': ['source'], 'staging': ['raw'], 'marts': ['staging', 'marts']} -%}
    {%- set made = {
        'raw': ['append_only'],
        'staging': ['append_only', 'latest_version'],
        'marts': ['rollup', 'append_only', 'latest_version', 'table'],
    } -%}
    {%- if node.resource_type != 'model' or layer not in above -%}
        {%- do return([
            place ~ ': `' ~ layer ~ '` is no layer, so nothing lets go of what'
            ~ ' stands there; move it to a folder of models/raw, models/staging'
            ~ ' or models/marts.'
        ]) -%}
    {%- endif -%}
    {%- if node.config.materialized not in made[layer] -%}
        {%- do problems.append(
            place ~ ': config.materialized is `' ~ node.config.materialized
            ~ '`; in ' ~ layer ~ ' write ' ~ made[layer] | join(' or ') ~ '.'
        ) -%}
    {%- endif -%}
    {%- if layer != 'marts' and not node.config.contract.enforced -%}
        {%- do problems.append(
            place ~ ': config.contract is not enforced, so nobody can tell which'
            ~ ' columns it passes on; write `contract: {enforced: true}`.'
        ) -%}
    {%- endif -%}

    {#- From layer to layer, so that nothing gets round a treatment. -#}
    {%- for parent_id in node.depends_on.nodes -%}
        {%- set parent = graph.sources.get(parent_id) or graph.nodes[parent_id] -%}
        {%- set parent_layer = 'source' if parent.resource_type == 'source' else parent.fqn[1] -%}
        {%- if parent_layer not in above[layer] -%}
            {%- do problems.append(
                place ~ ': it reads ' ~ parent.name ~ ' of layer ' ~ parent_layer
                ~ '; a model in ' ~ layer ~ ' reads ' ~ above[layer] | join(' or ')
                ~ ' only.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if layer != 'marts' -%}
        {%- if node.depends_on.nodes | length != 1 -%}
            {%- do problems.append(
                place ~ ': it reads ' ~ node.depends_on.nodes | length
                ~ ' tables; a model in ' ~ layer ~ ' reads exactly one, of layer '
                ~ above[layer][0] ~ ', so that each row has one original.'
            ) -%}
        {%- else -%}
            {%- set first = readers[node.depends_on.nodes[0]]
                | rejectattr('fqn.1', 'ne', layer) | sort(attribute='name') | first -%}
            {%- if first.unique_id != node.unique_id -%}
                {%- do problems.append(
                    place ~ ': it copies the same table as ' ~ first.name
                    ~ '; one copy is enough: take the other out.'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(problems) -%}
{%- endmacro %}
