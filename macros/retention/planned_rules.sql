{% macro planned_rules(as_of, every=none, select=none) -%}
    {%- set every = [every] if every is string else every -%}
    {%- set select = [select] if select is string else select -%}
    {%- set rules = retention_rules(as_of) -%}
    {%- do check_choice(rules, every, select) -%}

    {#- Streams that lose rows at their source in this run, and their children. -#}
    {%- set leading = [] -%}
    {%- set planned = {} -%}
    {%- for rule in rules -%}
        {%- set source = rule.stream.source.source_name -%}
        {%- set is_selected = not select
            or rule.stream.name in select or source in select -%}
        {%- set waits = not_due(rule, as_of) if not every and is_selected else none -%}
        {%- if is_selected and (not every or rule.every in every) -%}
            {%- do planned.update({loop.index: waits}) -%}
            {%- if rule.layer == 'source' and rule.interval and not waits -%}
                {%- do leading.append(rule.stream.name) -%}
                {%- for child in fromjson(rule.text).get('children') or [] -%}
                    {%- do leading.append(source ~ '.' ~ child.table) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}

    {#- Their copies go in the same run, whatever their own cadence (law 3). -#}
    {%- set found = [] -%}
    {%- for rule in rules -%}
        {%- set follows = rule.layer in ['raw', 'staging']
            and rule.stream.name in leading -%}
        {%- if follows or loop.index in planned -%}
            {%- do found.append(dict(
                rule, not_due=none if follows else planned[loop.index]
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro %}
