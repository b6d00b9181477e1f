{% macro undo(run, as_of=none, code_version='', lock_seconds=10) -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- set as_of = run_moment(as_of) -%}
    {%- do check_as_of(as_of) -%}
    {%- set run_id = run | replace("'", "''") -%}
    {%- set entries = run_query(
        "select
            stream, rule, min(rule_text::text) as rule_text, min(digest) as digest,
            sum(" ~ rows_let_go('ledger') ~ ")::bigint as away,
            bool_or(outcome = 'put back') as is_undone,
            max(as_of) filter (where outcome <> 'put back')::text as let_go_at
        from " ~ retention_table('ledger') ~ " as ledger
        where run_id = '" ~ run_id ~ "' and layer = 'source' and rows > 0
        group by stream, rule
        order by min(entry)"
    ).rows -%}
    {%- if not entries -%}
        {%- do exceptions.raise_compiler_error(
            'There is no run ' ~ run ~ ' that let go of rows at a source: a night'
            ~ ' prints the id of what can be undone, and '
            ~ retention_table('ledger') ~ ' has it as run_id.'
        ) -%}
    {%- endif -%}
    {%- if not run_query(
        'select pg_try_advisory_lock(' ~ retention_lock() ~ ')'
    ).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'A run lets go of rows right now: undo it once that has ended.'
        ) -%}
    {%- endif -%}

    {%- set found = {} -%}
    {%- set reasons = [] -%}
    {%- for entry in entries -%}
        {%- set stream = streams() | selectattr('name', 'equalto', entry.stream) | first -%}
        {%- set reason = undo_problem(entry, stream, run_id, as_of) -%}
        {%- if reason -%}
            {%- do reasons.append(reason) -%}
        {%- else -%}
            {%- do found.update({loop.index: dict(
                id=entry.rule, text=entry.rule_text, stream=stream, layer='source',
                relation=node_relation(stream.source), plan=entry.digest,
                away=entry.away | int, rank=0
            )}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not found -%}
        {%- do exceptions.raise_compiler_error(reasons[0]) -%}
    {%- endif -%}

    {#- Before anything changes: of all that comes back, or of nothing. -#}
    {%- set columns = {} -%}
    {%- for rule in found.values() -%}
        {%- set refusal = undo_refusal(rule.stream, run_id) -%}
        {%- if refusal -%}
            {%- do exceptions.raise_compiler_error(refusal) -%}
        {%- endif -%}
        {%- do columns.update({
            rule.stream.name: shape_at_source(rule.stream).columns
        }) -%}
    {%- endfor -%}

    {#- Parents before children, by the foreign keys that there are. -#}
    {%- for _ in range(4) -%}
        {%- for rule in found.values() -%}
            {%- for key in foreign_keys(rule.stream.source) -%}
                {%- for child in found.values()
                    if child.relation.schema == key.schema
                    and child.relation.identifier == key.table
                    and child.relation != rule.relation -%}
                    {%- do child.update({
                        'rank': [child.rank, rule.rank + 1] | max
                    }) -%}
                {%- endfor -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set form = '%-36s %12s %12s  %s' -%}
    {%- do log(form | format('table', 'let go', 'put back', 'left'), info=true) -%}
    {%- set totals = {} -%}
    {%- for rule in found.values() | sort(attribute='rank') -%}
        {%- do run_query(put_back(rule, columns[rule.stream.name], {
            'run_id': run_id, 'digest': rule.plan, 'as_of': as_of, 'cutoff': none,
            'code_version': code_version, 'lock_seconds': lock_seconds,
        })) -%}
        {%- set row = run_query(
            'select found_rows, put_back, waiting::text from pg_temp.undone'
        ).rows[0] -%}
        {%- set lines = [] -%}
        {%- set there = namespace(again=row[0] - row[1]) -%}
        {%- for parent, rows in fromjson(row[2]).items() -%}
            {%- set there.again = there.again - rows -%}
            {%- do lines.append(rows ~ ' whose row in ' ~ parent ~ ' is gone') -%}
        {%- endfor -%}
        {%- if there.again -%}
            {%- do lines.append(there.again | int ~ ' that are there again, or turned away') -%}
        {%- endif -%}
        {%- if rule.away > row[0] -%}
            {%- do lines.append(
                (rule.away - row[0]) | int ~ ' that raw does not hold as they were'
            ) -%}
        {%- endif -%}
        {%- do totals.update({
            rule.stream.name: totals.get(rule.stream.name, 0) + row[1] | int
        }) -%}
        {%- do log(
            form | format(
                rule.stream.name, rule.away, row[1], lines | join('; ')
            ), info=true
        ) -%}
    {%- endfor -%}
    {%- for reason in reasons -%}
        {%- do log('- ' ~ reason, info=true) -%}
    {%- endfor -%}
    {%- do log(
        'They are rows like any other: the next run lets go of them again, unless'
        ~ ' their rule has changed or they are on hold by then.', info=true
    ) -%}
    {%- set head = ledger_head(as_of) -%}
    {%- do run_query('select pg_advisory_unlock(' ~ retention_lock() ~ ')') -%}
    {%- do log('result: ' ~ tojson({'put_back': totals, 'head': head})) -%}
{%- endmacro %}
