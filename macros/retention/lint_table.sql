{% macro lint_table(node) -%}
    {%- set problems = [] -%}
    {%- set place = node_place(node) -%}
    {%- set layer = 'source' if node.resource_type == 'source' else node.fqn[1] -%}
    {%- set next_layer = {'source': 'raw', 'raw': 'staging', 'staging': 'marts'} -%}
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
    {%- for declared in rules -%}
        {%- if declared is not mapping -%}
            {%- do problems.append(
                place ~ ': retention[' ~ loop.index0 ~ '] is `' ~ declared
                ~ '`; a rule has keys, like'
                ~ ' `{keep: 90 days, since: <column>, because: <reason>}`.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {%- do return(problems) -%}
    {%- endif -%}

    {%- for declared in rules -%}
        {%- set at = place ~ ': retention[' ~ loop.index0 ~ ']' -%}
        {%- set rule = dict(meta.get('retention_default', {}), **declared) -%}
        {%- set keep = rule.get('keep') -%}
        {%- set known = ['keep', 'since', 'then', 'held_by', 'every', 'because', 'review'] -%}

        {%- for key in rule if key not in known -%}
            {%- do problems.append(
                at ~ '.' ~ key ~ ' is no key of a rule; the keys are '
                ~ known | join(', ') ~ '.'
            ) -%}
        {%- endfor -%}

        {#- As long as a rule has no condition of its own, two that count from
            the same column would rule the same rows. -#}
        {%- for other in rules[:loop.index0]
            if other.get('since') == declared.get('since')
            or 'forever' in [keep, other.get('keep')] -%}
            {%- do problems.append(
                at ~ ' rules the same rows as retention[' ~ loop.index0
                ~ ']; one of them is enough: take the other out.'
            ) -%}
        {%- endfor -%}

        {%- if keep is none -%}
            {%- do problems.append(
                at ~ ".keep is missing; write a number and a unit, like"
                ~ " `90 days`, or `forever`."
            ) -%}
        {%- elif keep is number and keep is not boolean -%}
            {%- do problems.append(
                at ~ '.keep is ' ~ keep ~ ', a bare number; write its unit, too,'
                ~ ' like `' ~ keep ~ ' days`.'
            ) -%}
        {%- elif keep == 'while_in_source' -%}
            {%- if layer != 'raw' -%}
                {%- do problems.append(
                    at ~ '.keep is while_in_source, which is a rule for raw'
                    ~ ' tables; write a number and a unit, like `90 days`.'
                ) -%}
            {%- endif -%}
        {%- elif keep != 'forever' and not parse_keep(keep) -%}
            {%- do problems.append(
                at ~ ".keep is `" ~ keep ~ "`; write a whole number above zero"
                ~ " and hours, days, weeks, months or years, like `90 days`."
            ) -%}
        {%- endif -%}

        {%- if parse_keep(keep) -%}
            {%- if not rule.get('since') -%}
                {%- do problems.append(
                    at ~ '.since is missing; name the column that '
                    ~ keep ~ ' count from.'
                ) -%}
            {%- elif rule.since not in node.columns -%}
                {%- do problems.append(
                    at ~ '.since is `' ~ rule.since ~ '`, which is no declared'
                    ~ ' column of the table; its columns are '
                    ~ node.columns | join(', ') ~ '.'
                ) -%}
            {%- elif layer == 'staging' and rule.since != '_clock' -%}
                {%- do problems.append(
                    at ~ '.since is `' ~ rule.since ~ '`; a staging row ages from'
                    ~ ' `_clock`, as its original did.'
                ) -%}
            {%- endif -%}
            {%- set cadence = {'day': 1, 'week': 7, 'month': 30}.get(rule.get('every', 'day')) -%}
            {%- if not cadence -%}
                {%- do problems.append(
                    at ~ '.every is `' ~ rule.every ~ '`; write day, week or month.'
                ) -%}
            {%- elif parse_keep(keep).days < cadence -%}
                {%- do problems.append(
                    at ~ '.keep is ' ~ keep ~ ', shorter than its cadence, every '
                    ~ rule.get('every', 'day') ~ '; rows would always be late:'
                    ~ ' keep longer or run more often.'
                ) -%}
            {%- endif -%}
        {%- endif -%}

        {%- if rule.get('then', 'delete') != 'delete' -%}
            {%- do problems.append(
                at ~ '.then is `' ~ rule.then ~ '`; the one form so far is delete.'
            ) -%}
        {%- endif -%}
        {%- if 'held_by' in rule and rule.held_by != next_layer.get(layer) -%}
            {%- do problems.append(
                at ~ '.held_by is `' ~ rule.held_by ~ '`, which is not the layer'
                ~ ' that holds the rows of this one; '
                ~ ('write ' ~ next_layer[layer] if layer in next_layer else 'leave it out')
                ~ '.'
            ) -%}
        {%- endif -%}
        {%- if not rule.get('because') -%}
            {%- do problems.append(
                at ~ '.because is missing; say which policy or reason asks for it.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
