{% macro lint_form(node, rule, at) -%}
    {%- set problems = [] -%}
    {%- set layer = 'source' if node.resource_type == 'source' else node.fqn[1] -%}
    {%- set then = rule.get('then', 'delete') -%}
    {%- set columns = node.columns | list -%}
    {%- set key = declared_capture(node).get('key')
        if layer == 'source' else node.config.get('unique_key') -%}
    {%- set fixed = ([key] if key is string else key or []) + [rule.get('since')] -%}

    {#- then: what is done with a row, and to which columns. -#}
    {%- set what = then | list | first if then is mapping and then | length == 1 -%}
    {%- if then not in ['delete', 'soft_delete'] and what not in ['redact', 'set'] -%}
        {%- do problems.append(
            at ~ '.then is `' ~ then ~ '`; write delete, soft_delete,'
            ~ ' `{redact: [<column>]}` or `{set: {<column>: <value>}}`.'
        ) -%}
    {%- elif what == 'redact'
        and (not then.redact or then.redact is string or then.redact is not sequence) -%}
        {%- do problems.append(
            at ~ '.then.redact is `' ~ then.redact ~ '`; write the list of the'
            ~ ' columns that are emptied, like `{redact: [ip, user_agent]}`.'
        ) -%}
    {%- elif what == 'set' and (not then.set or then.set is not mapping) -%}
        {%- do problems.append(
            at ~ '.then.set is `' ~ then.set ~ '`; write the columns and what they'
            ~ ' are set to, like `{set: {status: ARCHIVED}}`.'
        ) -%}
    {%- else -%}
        {%- if layer == 'marts' and then != 'delete' -%}
            {%- do problems.append(
                at ~ '.then is `' ~ then ~ '`; a mart is built again from what is'
                ~ ' below it, so write delete, and change the rows there.'
            ) -%}
        {%- endif -%}
        {%- set made = node.config.materialized if layer == 'marts' -%}
        {%- for word in ['where', 'spare']
            if word in rule and made in ['rollup', 'table'] -%}
            {%- do problems.append(
                at ~ '.' ~ word ~ ' does nothing, for '
                ~ ('a rollup goes by whole buckets' if made == 'rollup'
                   else 'a derived mart is made anew at each build')
                ~ '; take it out.'
            ) -%}
        {%- endfor -%}
        {%- if layer in ['raw', 'staging']
            and (then == 'soft_delete' or what == 'set') -%}
            {%- do problems.append(
                at ~ '.then is `' ~ then ~ '`; a copy says what its original says,'
                ~ ' so write delete or `{redact: [<column>]}`, and change the rows'
                ~ ' at the source.'
            ) -%}
        {%- endif -%}
        {%- for column in (then[what] if what else []) -%}
            {%- if column not in columns -%}
                {%- do problems.append(
                    at ~ '.then.' ~ what ~ ' names `' ~ column ~ '`, which is no'
                    ~ ' declared column of the table; its columns are '
                    ~ columns | join(', ') ~ '.'
                ) -%}
            {%- elif column in fixed -%}
                {%- do problems.append(
                    at ~ '.then.' ~ what ~ ' names `' ~ column ~ '`, by which the'
                    ~ ' row and its age are known; take it out.'
                ) -%}
            {%- elif what == 'set'
                and (then.set[column] is none or then.set[column] is iterable
                     and then.set[column] is not string) -%}
                {%- do problems.append(
                    at ~ '.then.set.' ~ column ~ ' is `' ~ then.set[column]
                    ~ '`; write one text, number or truth value, or empty the'
                    ~ ' column with `{redact: [' ~ column ~ ']}`.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if then == 'soft_delete' and not rule.get('where') and not rule.get('warn') -%}
            {%- do problems.append(
                at ~ '.where is missing; a row that somebody may still use is'
                ~ ' soft-deleted under a condition only, like'
                ~ ' `where: "inactivity_warned_at is not null"`.'
            ) -%}
        {%- endif -%}
        {%- if then == 'soft_delete'
            and not columns | select('in', ['deleted_at', 'deletedAt']) | list -%}
            {%- do problems.append(
                at ~ '.then is soft_delete, but the table has no column'
                ~ ' `deleted_at` or `deletedAt` that could say so; declare it, or'
                ~ ' write `{set: {<column>: <value>}}`.'
            ) -%}
        {%- endif -%}
    {%- endif -%}

    {%- if 'where' in rule -%}
        {%- set problem = where_problem(rule.where, columns) -%}
        {%- if problem -%}
            {%- do problems.append(at ~ '.where ' ~ problem) -%}
        {%- endif -%}
    {%- endif -%}

    {%- if 'spare' in rule -%}
        {%- set spare = rule.spare if rule.spare is mapping else {} -%}
        {%- set per = spare.get('per') -%}
        {%- if spare | list | sort != ['latest', 'per']
            or spare.latest is not integer or spare.latest is boolean or spare.latest < 1
            or not per or per is string or per is not sequence -%}
            {%- do problems.append(
                at ~ '.spare is `' ~ rule.spare ~ '`; write how many of the latest'
                ~ ' rows stay, and of each what, like'
                ~ ' `{latest: 1, per: [<column>]}`.'
            ) -%}
        {%- elif then != 'delete' -%}
            {%- do problems.append(
                at ~ '.spare stands beside `then: ' ~ then ~ '`; it spares rows'
                ~ ' from being deleted, so take it out, or write `then: delete`.'
            ) -%}
        {%- else -%}
            {%- for column in per if column not in columns -%}
                {%- do problems.append(
                    at ~ '.spare.per names `' ~ column ~ '`, which is no declared'
                    ~ ' column of the table; its columns are '
                    ~ columns | join(', ') ~ '.'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}

    {%- if 'warn' in rule -%}
        {%- if then != 'soft_delete' or layer != 'source' -%}
            {%- do problems.append(
                at ~ '.warn goes with `then: soft_delete` at the source; take it out.'
            ) -%}
        {%- elif rule.warn is not mapping or rule.warn | list | sort != ['ahead', 'column']
            or not parse_keep(rule.warn.ahead) -%}
            {%- do problems.append(
                at ~ '.warn is `' ~ rule.warn ~ '`; write the column in which the'
                ~ ' application notes its warning, and how long before, like'
                ~ ' `{column: <column>, ahead: 30 days}`.'
            ) -%}
        {%- elif (declared_capture(node).get('key') or []) | length != 1 -%}
            {%- do problems.append(
                at ~ '.warn lists people by the one column of their key; write'
                ~ ' `capture: {kind: entity, key: [<column>]}`, or take it out.'
            ) -%}
        {%- elif rule.warn.column not in columns -%}
            {%- do problems.append(
                at ~ '.warn.column is `' ~ rule.warn.column ~ '`, which is no declared'
                ~ ' column of the table; its columns are ' ~ columns | join(', ') ~ '.'
            ) -%}
        {%- endif -%}
    {%- endif -%}

    {%- if 'children' in rule -%}
        {%- do problems.extend(lint_children(node, rule, at)) -%}
    {%- endif -%}
    {%- do return(problems) -%}
{%- endmacro %}
