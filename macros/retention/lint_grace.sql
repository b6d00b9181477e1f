{% macro lint_grace(stream) -%}
    {%- set grace = grace_of(stream) -%}
    {%- if not grace -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- set problems = [] -%}
    {%- set source = stream.source -%}
    {%- set raw_rules = stream.raw.config.meta.retention -%}
    {%- set at = node_place(stream.raw) ~ ': retention['
        ~ raw_rules.index(raw_rules | selectattr('grace', 'defined') | first)
        ~ '].grace' -%}

    {%- set deletes = [] -%}
    {%- for rule in source.config.meta.retention
        if parse_keep(rule.keep) and rule.get('then', 'delete') == 'delete' -%}
        {%- do deletes.append(rule) -%}
    {%- endfor -%}
    {%- if not deletes and not parents_of(stream) -%}
        {%- do problems.append(
            at ~ ' does nothing, for no rule deletes rows of ' ~ stream.name
            ~ ', and what a rule changes is nowhere kept; take it out.'
        ) -%}
    {%- endif -%}

    {#- A row comes back as it was, or not at all. -#}
    {%- set other = [] -%}
    {%- for column in source.columns.values()
        if not column.data_type or column.name not in stream.raw.columns
        or stream.raw.columns[column.name].data_type != column.data_type -%}
        {%- do other.append(column.name) -%}
    {%- endfor -%}
    {%- if other -%}
        {%- do problems.append(
            at ~ ' would put rows back without `' ~ other | join('`, `')
            ~ '`, which raw does not copy with the data_type that ' ~ stream.name
            ~ ' declares; copy every column as it is, or take the grace out.'
        ) -%}
    {%- endif -%}

    {#- And with those that went with it. -#}
    {%- set known = {} -%}
    {%- for one in streams() -%}
        {%- do known.update({one.name: one}) -%}
    {%- endfor -%}
    {%- for rule in deletes -%}
        {%- for child in rule.get('children', []) -%}
            {%- set name = source.source_name ~ '.' ~ child.table -%}
            {%- set own = grace_of(known[name]) if name in known else none -%}
            {%- if not own or parse_keep(own).days < parse_keep(grace).days -%}
                {%- do problems.append(
                    at ~ ' would put rows back without those of ' ~ name
                    ~ ', which go with them; write `grace: ' ~ grace
                    ~ '` in the rule of its raw table, too, or take it out here.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
