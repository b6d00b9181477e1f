{% macro retention_docs() -%}
    {%- if not execute -%}
        {%- do return('') -%}
    {%- endif -%}
    {%- set readers = readers_of() -%}
    {%- set lines = [
        '# How long rows are kept, and why',
        '',
        'Written by `warehouse docs` from the YAML beside each table: change that,'
        ~ ' and run it again.',
        '',
        'An application writes a row into its **source** table. The warehouse copies'
        ~ ' it as it is (**raw**), copies it again without the person (**staging**),'
        ~ ' and makes the numbers and lists that people look at (**marts**). Times'
        ~ ' are in UTC. A row that is past its time goes in the next run that its'
        ~ ' rule names, first at the source, then in raw and staging; but never'
        ~ ' before the next layer holds it, and never while somebody has put it on'
        ~ ' hold. When the application deletes a row itself, the copies follow.',
    ] -%}
    {%- set reviews = [] -%}
    {%- set families = graph.sources.values() | groupby('source_name') -%}

    {%- for name, tables in families -%}
        {%- do lines.extend(
            ['', '## ' ~ name, '', one_line(tables[0].source_description)]
        ) -%}
        {%- for source in tables | sort(attribute='name') -%}
            {%- do lines.extend(table_in_words(source, readers)) -%}
            {%- for rule in source.config.meta.retention if rule.review -%}
                {%- do reviews.append(
                    '| ' ~ rule.review ~ ' | ' ~ name ~ '.' ~ source.name ~ ' | '
                    ~ one_line(rule.because) ~ ' |'
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- do lines.extend([
        '', '## Marts', '',
        'A **rollup** holds counts of rows that may be long gone. A **kept** mart'
        ~ ' holds rows of its own, for a time of its own. A **derived** one is made'
        ~ ' anew from other marts at each build.',
    ]) -%}
    {%- set kinds = {'rollup': 'rollup', 'table': 'derived'} -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and node.fqn[1] == 'marts' -%}
        {%- if loop.first -%}
            {%- do lines.extend([
                '', '| mart | kind | what a row is | kept | because |',
                '|---|---|---|---|---|'
            ]) -%}
        {%- endif -%}
        {%- for rule in node.config.meta.retention -%}
            {%- do lines.append(
                '| `' ~ node.name ~ '` | '
                ~ kinds.get(node.config.materialized, 'kept') ~ ' | '
                ~ one_line(node.description) ~ ' | ' ~ rule_in_words(rule) ~ ' | '
                ~ one_line(rule.because) ~ ' |'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- do lines.extend([
        '', '## To be looked at again', '',
        'Kept for ever, until somebody decides otherwise.', '',
        '| by | table | because |', '|---|---|---|',
    ] + reviews | sort) -%}
    {%- do log('result: ' ~ tojson({'retention_docs': lines | join('\n') ~ '\n'})) -%}
{%- endmacro %}
