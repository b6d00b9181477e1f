{% macro lint_children(node, rule, at) -%}
    {%- set problems = [] -%}
    {%- if node.resource_type != 'source' or rule.get('then', 'delete') != 'delete' -%}
        {%- do return([
            at ~ '.children goes with rows that are deleted at the source; take it'
            ~ ' out.'
        ]) -%}
    {%- endif -%}
    {%- if not rule.children or rule.children is string or rule.children is mapping
        or rule.children is not sequence -%}
        {%- do return([
            at ~ '.children is `' ~ rule.children ~ '`; write the list of the tables'
            ~ ' whose rows go first, like `[{table: <table>, key: <column>}]`.'
        ]) -%}
    {%- endif -%}
    {%- if (declared_capture(node).get('key') or []) | length != 1 -%}
        {%- do return([
            at ~ '.children name their parent by the one column of its key; write'
            ~ ' `capture: {kind: entity, key: [<column>]}`, or take them out.'
        ]) -%}
    {%- endif -%}
    {%- set family = {} -%}
    {%- for table in graph.sources.values()
        if table.source_name == node.source_name -%}
        {%- do family.update({table.name: table}) -%}
    {%- endfor -%}
    {%- for child in rule.children -%}
        {%- set here = at ~ '.children[' ~ loop.index0 ~ ']' -%}
        {%- if child is not mapping or child | list | sort != ['key', 'table'] -%}
            {%- do problems.append(
                here ~ ' is `' ~ child ~ '`; it has two keys,'
                ~ ' `{table: <table>, key: <column>}`.'
            ) -%}
        {%- elif child.table not in family -%}
            {%- do problems.append(
                here ~ '.table is `' ~ child.table ~ '`, which is no declared table'
                ~ ' of ' ~ node.source_name ~ '; its tables are '
                ~ family | sort | join(', ') ~ '.'
            ) -%}
        {%- elif child.key not in family[child.table].columns -%}
            {%- do problems.append(
                here ~ '.key is `' ~ child.key ~ '`, which is no declared column of '
                ~ child.table ~ '; its columns are '
                ~ family[child.table].columns | join(', ') ~ '.'
            ) -%}
        {%- else -%}
            {%- for other in family[child.table].config.meta.get('retention') or []
                if other is mapping and other.keep == 'forever'
                and not other.where -%}
                {%- do problems.append(
                    here ~ '.table is ' ~ child.table ~ ', which is kept forever,'
                    ~ ' but its rows go with those of ' ~ node.name
                    ~ '; give it the same time.'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
