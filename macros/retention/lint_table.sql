{% macro lint_table(node, readers) -%}
    {%- set problems = [] -%}
    {%- set place = node_place(node) -%}
    {%- set meta = node.config.meta -%}
    {%- set rules = meta.get('retention') -%}

    {%- if not rules or rules is string or rules is mapping or rules is not iterable -%}
        {%- do return([
            place ~ ": there is no list `retention` under config.meta; declare"
            ~ " how long its rows are kept and why, like"
            ~ " `retention: [{keep: 90 days, since: <column>, because: <reason>}]`,"
            ~ " or `keep: forever` with a reason."
        ]) -%}
    {%- endif -%}
    {%- for declared in rules if declared is not mapping -%}
        {%- do problems.append(
            place ~ ': retention[' ~ rules.index(declared) ~ '] is `' ~ declared
            ~ '`; a rule has keys, like'
            ~ ' `{keep: 90 days, since: <column>, because: <reason>}`.'
        ) -%}
    {%- endfor -%}
    {%- if problems -%}
        {%- do return(problems) -%}
    {%- endif -%}

    {%- set merged = [] -%}
    {%- for declared in rules -%}
        {%- do merged.append(dict(meta.get('retention_default', {}), **declared)) -%}
    {%- endfor -%}
    {%- for rule in merged -%}
        {%- set at = place ~ ': retention[' ~ loop.index0 ~ ']' -%}
        {%- do problems.extend(lint_time(node, rule, at)) -%}
        {%- do problems.extend(lint_form(node, rule, at)) -%}
        {%- do problems.extend(lint_holder(node, rule, at, readers)) -%}

        {#- Two rules that do the same, counting from the same column, need a
            condition each that tells their rows apart. -#}
        {%- for other in merged[:loop.index0]
            if 'forever' in [rule.get('keep'), other.get('keep')]
            and rule.get('then', 'delete') == 'delete'
            and other.get('then', 'delete') == 'delete'
            or other.get('since') == rule.get('since')
            and other.get('then', 'delete') == rule.get('then', 'delete') -%}
            {%- if not (rule.get('where') and other.get('where'))
                or rule.where == other.where -%}
                {%- do problems.append(
                    at ~ ' rules the same rows as retention[' ~ loop.index0
                    ~ ']; one of them is enough: take the other out, or tell'
                    ~ ' their rows apart, each by a `where` of its own.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}

    {#- Rows that no rule speaks of would stay without a word. -#}
    {%- if not merged | rejectattr('where') | list
        and 'forever' not in merged | map(attribute='keep') -%}
        {%- do problems.append(
            place ~ ': each rule has a `where`, and the rows that meet none are'
            ~ ' kept without a word; add `keep: forever` for them, with its'
            ~ ' `where` and a reason.'
        ) -%}
    {%- endif -%}
    {%- do return(problems) -%}
{%- endmacro %}
