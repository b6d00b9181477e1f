{% macro rollup_problem(model) -%}
    {%- set declared = model.config.meta.get('rollup') or {} -%}
    {%- set problem = none -%}
    {%- set place = node_place(model) ~ ': meta.rollup' -%}
    {%- set grain = declared.get('grain') or [] -%}
    {%- set measures = dict(declared.get('measures') or {}, _rows='sum') -%}
    {%- set unplaced = model.columns | reject('in', grain) | reject('in', measures) | list -%}
    {%- set unknown = (grain + measures | list) | reject('in', model.columns) | list -%}
    {%- set odd = measures.items() | rejectattr(1, 'in', ['sum', 'min', 'max']) | list -%}
    {%- if declared.get('bucket') not in grain -%}
        {%- set problem = place ~ '.bucket is `' ~ declared.get('bucket')
            ~ '`; name the column of the grain that is its date or hour in UTC.' -%}
    {%- elif unknown -%}
        {%- set problem = place ~ ' names `' ~ unknown[0]
            ~ '`, which is no column of the model; its columns are '
            ~ model.columns | join(', ') ~ '.' -%}
    {%- elif unplaced -%}
        {%- set problem = place ~ ' does not say what `' ~ unplaced[0]
            ~ '` is; name it under grain or under measures.' -%}
    {%- elif odd -%}
        {%- set problem = place ~ '.measures: `' ~ odd[0][0] ~ '` is `' ~ odd[0][1]
            ~ '`; what can be added up later is sum, min or max.' -%}
    {%- elif model.depends_on.nodes | length != 1 -%}
        {%- set problem = place ~ ': the model reads '
            ~ model.depends_on.nodes | length
            ~ ' tables; a rollup reads exactly one staging model.' -%}
    {%- elif modules.re.search(
        '(?i)\\bcount\\(\\s*distinct\\b',
        modules.re.sub('(?s)\\{#.*?#\\}|/\\*.*?\\*/|--[^\\n]*', ' ', model.raw_code)
    ) -%}
        {%- set problem = place ~ ': the SELECT says `count(distinct ...)`, which'
            ~ ' cannot be added up once rows are gone; take the column into the'
            ~ ' grain, and count over this rollup in a mart of its own.' -%}
    {%- endif -%}
    {%- do return(problem) -%}
{%- endmacro %}
