{% macro explain(table, key, at=none, as_of=none) -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- set as_of = moment(as_of) -%}
    {%- set found = streams() | selectattr('name', 'equalto', table) | list -%}
    {%- set stream = found[0] -%}
    {%- set source_key = declared_capture(stream.source).get('key')
        if found else none -%}
    {%- if not source_key or source_key | length != key | length -%}
        {%- do exceptions.raise_compiler_error(
            'There is no captured table ' ~ table ~ ': explain a row of one of '
            ~ streams() | selectattr('raw') | map(attribute='name') | join(', ')
            ~ '.' if not source_key else
            'A row of ' ~ table ~ ' is known by ' ~ source_key | join(', ')
            ~ ': give ' ~ source_key | length ~ ' values.'
        ) -%}
    {%- endif -%}
    {%- set rules = retention_rules(as_of)
        | selectattr('stream.name', 'equalto', table) | list -%}
    {%- set lines = [] -%}
    {%- set clocks = [at] if at else [] -%}
    {%- set alive = [] -%}
    {%- set places = [
        ('source', stream.source), ('raw', stream.raw), ('staging', stream.staging)
    ] -%}
    {%- for mart in stream.kept -%}
        {%- do places.append(('marts', mart)) -%}
    {%- endfor -%}
    {%- for layer, node in places if node and not missing_table([node]) -%}
        {%- set name = node.alias if layer == 'marts' else layer -%}
        {%- set row = explained_row(stream, layer, node, key) -%}
        {%- if row.rows -%}
            {%- do alive.append(layer) -%}
            {%- if stream.kind == 'event' and row.clock -%}
                {%- do clocks.append(row.clock) -%}
            {%- endif -%}
            {%- do lines.append(
                name ~ ': alive'
                ~ (' in ' ~ row.rows ~ ' versions' if row.rows > 1 else '') ~ (
                    ', captured ' ~ row.taken_in if layer == 'raw'
                    else ', staged ' ~ row.taken_in if layer == 'staging' else ''
                ) ~ '.'
            ) -%}
            {%- for rule in rules if rule.node.unique_id == node.unique_id -%}
                {%- do lines.append('    ' ~ when_it_goes(rule, row.where)) -%}
            {%- endfor -%}
            {%- for hold in active_holds(stream, as_of)
                if layer in hold and count_rows(
                    node_relation(node) ~ ' as it',
                    row.where ~ ' and (' ~ hold[layer] ~ ')'
                ) -%}
                {%- do lines.append(
                    '    On hold: ' ~ hold.reason ~ ' (hold ' ~ hold.hold_id
                    ~ ', until ' ~ hold.until ~ ').'
                ) -%}
            {%- endfor -%}
            {%- if layer == 'staging' -%}
                {%- do lines.extend(counted_in(stream, row.where)) -%}
            {%- endif -%}
        {%- else -%}
            {%- do lines.append(name ~ ': not there.') -%}
        {%- endif -%}
    {%- endfor -%}
    {#- A copy's clock tells of a layer before it, so only now. -#}
    {%- for layer in ['source', 'raw', 'staging'] if layer not in alive -%}
        {%- do lines.extend(entries_that_took(
            stream, layer, moment(clocks[-1]) if clocks else none
        )) -%}
    {%- endfor -%}
    {#- What a memory of keys knows of a row that is gone goes here. -#}
    {%- if not alive -%}
        {%- do lines.append(
            'Nothing of it is left: it was never here, or it has been let go of.'
            ~ (' What it counted in is sealed in ' ~ stream.rollups
                | map(attribute='alias') | join(', ') ~ '.' if stream.rollups else '')
        ) -%}
    {%- endif -%}
    {%- do log(table ~ ' ' ~ key | join(', '), info=true) -%}
    {%- for line in lines -%}
        {%- do log(line, info=true) -%}
    {%- endfor -%}
    {%- do log('result: ' ~ tojson({'alive': alive, 'lines': lines})) -%}
{%- endmacro %}
