{% macro verify(heads=none) -%}
    {%- do check_prepared() -%}
    {%- set checks = [] -%}

    {%- set chain = run_query(chain_check()).rows[0] -%}
    {%- do checks.append({
        'check': 'chain', 'of': 'ledger', 'problem': chain[2],
        'figures': {'entries': chain[0] | int, 'head': chain[1]},
    }) -%}

    {%- set known = run_query(heads_check(heads or [])).rows[0] -%}
    {%- do checks.append({
        'check': 'heads', 'of': 'ledger',
        'problem': known[2] or (
            'Of ' ~ heads | length ~ ' known heads none is of this warehouse, whose'
            ~ ' ledger has ' ~ known[1] ~ ' entries: name the file that was written'
            ~ ' here (WAREHOUSE_LEDGER_HEADS, or --heads).'
            if heads and known[1] and not known[0] else none
        ),
        'figures': {'known': known[0] | int},
    }) -%}

    {%- for stream in streams() -%}
        {%- for model in stream_models(stream)
            if model not in stream.rollups and not missing_table([model]) -%}
            {%- set relation = node_relation(model) -%}
            {%- set row = run_query(account(relation)).rows[0] -%}
            {%- set figures = {
                'in': row[0] | int, 'alive': row[1] | int, 'let_go': row[2] | int
            } -%}
            {%- set difference = figures['in'] - figures.alive - figures.let_go -%}
            {%- do checks.append({
                'check': 'account', 'of': model.alias, 'figures': figures,
                'problem': none if not difference else
                    model.alias ~ ' has taken in ' ~ figures['in'] ~ ' rows, '
                    ~ figures.alive ~ ' are alive and ' ~ figures.let_go
                    ~ ' were let go of: ' ~ difference | abs ~ (
                        ' left by another way.' if difference > 0
                        else ' are too many.'
                    ),
            }) -%}
        {%- endfor -%}
        {%- for rollup in stream.rollups if not missing_table([rollup]) -%}
            {%- set unconserved = unconserved_buckets(rollup) -%}
            {%- if unconserved -%}
                {%- set row = run_query(
                    "select
                        (select coalesce(sum(_rows), 0) from "
                            ~ node_relation(rollup) ~ "),
                        count(*), min(bucket)::text
                    from (" ~ unconserved ~ ") as wrong"
                ).rows[0] -%}
                {%- do checks.append({
                    'check': 'conservation', 'of': rollup.alias,
                    'figures': {'rows': row[0] | int, 'wrong_buckets': row[1] | int},
                    'problem': none if not row[1] else
                        rollup.alias ~ ' does not hold its living and sealed rows in '
                        ~ row[1] ~ ' buckets, the first of ' ~ row[2] ~ '.',
                }) -%}
                {%- set row = run_query(
                    "select
                        (
                            select coalesce(
                                sum((ledger.sealed ->> '" ~ rollup.alias ~ "')::bigint), 0
                            )
                            from " ~ retention_table('ledger') ~ " as ledger
                            where ledger.rows > 0
                        ),
                        (
                            select coalesce(sum(sealed._rows), 0)
                            from " ~ sealed_relation(rollup) ~ " as sealed
                        )"
                ).rows[0] -%}
                {%- do checks.append({
                    'check': 'sealed', 'of': rollup.alias,
                    'figures': {'by_ledger': row[0] | int, 'sealed': row[1] | int},
                    'problem': none if row[0] == row[1] else
                        sealed_relation(rollup).include(database=false) | string
                        ~ ' holds ' ~ row[1] ~ ' rows, and by the ledger '
                        ~ row[0] ~ ' were sealed.',
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set guarded = run_query(
        "select count(*) = 2 from pg_trigger
        where tgrelid = '" ~ retention_table('ledger') ~ "'::regclass
        and tgname in ('entries_stay', 'entries_leave')
        and tgenabled in ('O', 'A')"
    ).rows[0][0] -%}
    {%- do checks.append({
        'check': 'guard', 'of': 'ledger', 'figures': {},
        'problem': none if guarded else
            'A trigger of ' ~ retention_table('ledger') ~ ', entries_stay or'
            ~ ' entries_leave, was dropped or switched off, so that its entries'
            ~ ' could be changed; `dbt build` makes a dropped one again.',
    }) -%}

    {%- set problems = checks | map(attribute='problem') | select | list -%}
    {%- for check in checks -%}
        {%- set words = [] -%}
        {%- for name, figure in check.figures.items() -%}
            {%- do words.append(name | replace('_', ' ') ~ ' ' ~ figure) -%}
        {%- endfor -%}
        {%- do log(
            '%-12s %-44s %-8s %s' | format(
                check.check, check.of, 'BROKEN' if check.problem else
                'unknown' if check.check == 'heads' and not check.figures.known
                else 'holds', words | join(', ')
            ), info=true
        ) -%}
    {%- endfor -%}
    {%- do log('result: ' ~ tojson({
        'holds': not problems, 'problem': problems[0] if problems else none,
        'checks': checks,
    })) -%}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error(problems[0]) -%}
    {%- endif -%}
{%- endmacro %}
