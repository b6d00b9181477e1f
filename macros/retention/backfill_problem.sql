{% macro backfill_problem(source) -%}
    {%- set place = node_place(source) ~ ': meta.backfill' -%}
    {%- set declared = source.config.meta.backfill -%}
    {%- set capture = source.config.meta.get('capture') or {} -%}
    {%- set keys = declared.get('keys') if declared is mapping else none -%}
    {%- set problem = none -%}
    {%- if keys is not mapping or not keys or not declared.get('name') -%}
        {%- set problem = place ~ ' is `' ~ declared ~ '`; write its name and the'
            ~ ' column that takes each key of an object, like'
            ~ ' `backfill: {name: events, keys: {id: id, at: happenedAt}}`.' -%}
    {%- elif capture.get('kind') != 'event' or capture.get('key') is string
        or capture.get('key', []) | length != 1 or not capture.get('clock') -%}
        {%- set problem = place ~ ' needs rows that never change and a key of one'
            ~ ' column; declare `capture: {kind: event, key: [<column>], clock:'
            ~ ' <column>}`, or take backfill out.' -%}
    {%- else -%}
        {%- set columns = keys.values() | list -%}
        {%- set unknown = columns | reject('in', source.columns) | list -%}
        {%- set missing = [capture.key[0], capture.clock]
            | reject('in', columns) | list -%}
        {%- if unknown -%}
            {%- set problem = place ~ '.keys names `' ~ unknown[0]
                ~ '`, which is no declared column of the table; its columns are '
                ~ source.columns | join(', ') ~ '.' -%}
        {%- elif missing -%}
            {%- set problem = place ~ '.keys has no key for the column `'
                ~ missing[0] ~ '`, which makes a row unique or dates it; add one.' -%}
        {%- elif columns | unique | list | length != columns | length -%}
            {%- set problem = place
                ~ '.keys names a column twice; one key fills a column.' -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(problem) -%}
{%- endmacro %}
