{% macro lint_time(node, rule, at) -%}
    {%- set problems = [] -%}
    {%- set layer = 'source' if node.resource_type == 'source' else node.fqn[1] -%}
    {%- set keep = rule.get('keep') -%}
    {%- set time = parse_keep(keep) -%}
    {%- set known = [
        'keep', 'since', 'then', 'where', 'spare', 'children', 'warn', 'held_by',
        'every', 'grace', 'because', 'review',
    ] -%}
    {%- for key in rule if key not in known -%}
        {%- do problems.append(
            at ~ '.' ~ key ~ ' is no key of a rule; the keys are '
            ~ known | join(', ') ~ '.'
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
    {%- elif keep != 'forever' and not time -%}
        {%- do problems.append(
            at ~ ".keep is `" ~ keep ~ "`; write a whole number above zero"
            ~ " and seconds, minutes, hours, days, weeks, months or years, like"
            ~ " `90 days`, or `forever`."
        ) -%}
    {%- elif time and time.days > 36500 -%}
        {%- do problems.append(
            at ~ '.keep is ' ~ keep ~ ', more than 100 years; write `forever`.'
        ) -%}
    {%- endif -%}

    {#- A key that would do nothing misleads whoever reads the rule. -#}
    {%- set idle = {
        'forever': ['since', 'then', 'spare', 'children', 'warn', 'every', 'grace'],
        'while_in_source': [
            'since', 'then', 'where', 'spare', 'children', 'warn', 'every'
        ],
    }.get(keep | string, ['grace']) | select('in', rule) | list -%}
    {%- if idle and (keep != 'while_in_source' or layer == 'raw') -%}
        {%- do problems.append(
            at ~ '.' ~ idle[0] ~ ' does nothing beside `keep: ' ~ keep
            ~ '`; take out ' ~ idle | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
    {%- if keep == 'while_in_source' and 'grace' in rule -%}
        {%- set grace = parse_keep(rule.grace) -%}
        {%- if not grace or grace.days > 7 -%}
            {%- do problems.append(
                at ~ '.grace is `' ~ rule.grace ~ '`; a raw copy goes within a'
                ~ ' week of its original, so write a number and hours or days,'
                ~ ' 7 days at most, or leave it out.'
            ) -%}
        {%- endif -%}
    {%- endif -%}

    {%- if time -%}
        {%- set since = rule.get('since') -%}
        {%- set kind = declared_capture(node).get('kind') -%}
        {%- if not since -%}
            {%- do problems.append(
                at ~ '.since is missing; name the column that '
                ~ keep ~ ' count from.'
            ) -%}
        {%- elif since not in node.columns -%}
            {%- do problems.append(
                at ~ '.since is `' ~ since ~ '`, which is no declared'
                ~ ' column of the table; its columns are '
                ~ node.columns | join(', ') ~ '.'
            ) -%}
        {%- elif layer == 'source' and kind != 'event' -%}
            {%- set problem = clock_problem(node, since) -%}
            {%- if problem -%}
                {%- do problems.append(problem) -%}
            {%- endif -%}
        {%- elif node.config.materialized == 'rollup'
            and since != (node.config.meta.get('rollup') or {}).get('bucket') -%}
            {%- do problems.append(
                at ~ '.since is `' ~ since ~ '`; what is kept of a rollup is'
                ~ ' whole buckets, so write the column that meta.rollup.bucket'
                ~ ' names.'
            ) -%}
        {%- endif -%}

        {%- set cadence = {'day': 1, 'week': 7, 'month': 30}.get(rule.get('every', 'day')) -%}
        {%- if not cadence -%}
            {%- do problems.append(
                at ~ '.every is `' ~ rule.every ~ '`; write day, week or month.'
            ) -%}
        {%- elif time.days < cadence
            and (layer != 'source' or declared_capture(node)) -%}
            {#- A copy has to go in time; what nobody copies, as soon as it can. -#}
            {%- do problems.append(
                at ~ '.keep is ' ~ keep ~ ', shorter than its cadence, every '
                ~ rule.get('every', 'day') ~ '; rows would always be late:'
                ~ ' keep longer or run more often.'
            ) -%}
        {%- endif -%}
    {%- endif -%}

    {%- set because = rule.get('because') -%}
    {%- if not because -%}
        {%- do problems.append(
            at ~ '.because is missing; say which policy or reason asks for it.'
        ) -%}
    {%- elif because is not string
        or modules.re.match('(?i)\\W*(todo|fixme|tbd|xxx)\\b|\\W*$', because) -%}
        {%- do problems.append(
            at ~ '.because is `' ~ because ~ '`, which is no reason; say which'
            ~ ' policy or reason asks for it.'
        ) -%}
    {%- endif -%}
    {%- if 'review' in rule
        and not modules.re.fullmatch('\\d{4}-[01]\\d-[0-3]\\d', rule.review | string) -%}
        {%- do problems.append(
            at ~ '.review is `' ~ rule.review ~ '`; write the day on which somebody'
            ~ ' looks at it again, like `review: 2027-11-01`.'
        ) -%}
    {%- elif 'review' not in rule and keep == 'forever' and layer == 'source' -%}
        {%- do problems.append(
            at ~ '.review is missing; rows of an application are kept forever'
            ~ ' until somebody looks at it again, so write the day, like'
            ~ ' `review: 2027-11-01`.'
        ) -%}
    {%- endif -%}
    {%- do return(problems) -%}
{%- endmacro %}
