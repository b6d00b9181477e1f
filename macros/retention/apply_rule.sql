{% macro apply_rule(rule, batch) -%}
    {%- set stream = rule.stream -%}
    {#- As many granules as fitted a batch before; the first time, few. -#}
    {%- set ns = namespace(gone=0, next=0, trouble=none, over=false, step=[
        10, (batch.speeds.get(rule.id, 0) * batch.batch_seconds
            / batch.granule_rows) | int
    ] | max) -%}
    {%- set is_there = rule.layer == 'source' and is_connected(stream.source) -%}
    {%- set time_is_over = "clock_timestamp() >= '" ~ batch.deadline ~ "'" -%}
    {%- set rollups = [] -%}
    {%- if rule.layer == 'staging' and rule.then == 'delete' -%}
        {%- for rollup in stream.rollups -%}
            {%- do rollups.append(registered_rollup(rollup)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if rule.layer == 'source' and stream.kind == 'entity' and not is_there -%}
        {%- set rule = dict(rule, taken_in=list_changed_keys(rule, batch.past)) -%}
    {%- elif rule.layer == 'staging' and rule.then == 'delete' -%}
        {%- set rule = dict(rule, taken_in=all_left_raw(rule, batch.cutoff)) -%}
    {%- endif -%}
    {%- set holds = active_holds(stream, batch.as_of) -%}
    {%- set sweeps = retention_sweeps(rule, batch.cutoff, holds, in_batch=true) -%}
    {#- By now: it was none when the rule's status was asked. -#}
    {%- set ns.trouble = sweeps[0].get('family', {}).get('problem') -%}
    {#- One that newer code has made since must seal the rows, too. -#}
    {%- if rule.layer == 'staging' and rule.then == 'delete' -%}
        {%- for row in run_query(
            "select rollup from " ~ retention_table('rollup')
            ~ " where staging = '" ~ stream.staging.alias ~ "'"
        ).rows if row[0] not in rollups | map(attribute='name') | list -%}
            {%- set ns.trouble = ns.trouble or rule.id ~ ' stays: the rollup '
                ~ row[0] ~ ' counts its rows, and this project has none of that name' -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if rule.layer == 'raw' and rule.keep == 'while_in_source' -%}
        {%- set ns.gone = drop_partitions(rule, holds, batch) -%}
    {%- endif -%}
    {#- Beside the first, those for which the plan counted rows. -#}
    {%- for sweep in sweeps
        if not ns.trouble and not ns.over
        and (sweep == sweeps[0] or batch[sweep.name]) -%}
        {%- do run_query(batch_bounds(sweep, batch.granule_rows, batch.past)) -%}
        {%- set walked = run_query(
            "select coalesce(max(granule) + 1, 0), " ~ time_is_over ~ "
            from pg_temp.batch_bounds"
        ).rows[0] -%}
        {%- set granules = walked[0] | int -%}
        {%- set ns.over = walked[1] and granules > 0 -%}
        {%- set ns.next = 0 -%}
        {#- It applies to the statements after it, and a batch is one. -#}
        {%- do run_query(
            "set statement_timeout = '" ~ batch.statement_seconds ~ "s'"
        ) -%}
        {%- for _ in range(granules + 20)
            if ns.next < granules and not ns.trouble and not ns.over -%}
            {%- set last = [ns.next + ns.step, granules] | min - 1 -%}
            {%- set step = dict(batch,
                first=ns.next, last=last, rollups=rollups,
                holds=holds | map(attribute='hold_id') | join(','),
                allowed=batch.allowed - ns.gone,
            ) -%}
            {%- do run_query(
                remote_batch(rule, sweep, step) if is_there
                else retention_batch(rule, sweep, step)
            ) -%}
            {%- set entry = run_query(
                "select rows, outcome, extract(epoch from took)::float, " ~ time_is_over ~ "
                from " ~ retention_table('ledger') ~ "
                where run_id = '" ~ batch.run_id ~ "' and rule = '" ~ rule.id ~ "'
                order by entry desc limit 1"
            ).rows[0] -%}
            {%- set ns.gone = ns.gone + entry[0] | int -%}
            {%- set ns.over = entry[3] -%}
            {%- if entry[1].startswith('let go') -%}
                {%- set ns.next = last + 1 -%}
                {%- if ' left' in entry[1] -%}
                    {%- do log('- ' ~ rule.id ~ ' ' ~ entry[1] ~ '.', info=true) -%}
                {%- endif -%}
                {#- Towards the time budget of a batch, four times as many at most. -#}
                {%- set fit = ns.step * batch.batch_seconds
                    / ([entry[2] | float, 0.001] | max) -%}
                {%- set ns.step = [1, [ns.step * 4, fit | int] | min] | max -%}
            {%- elif not entry[1].startswith('paused') -%}
                {%- set ns.trouble = rule.id ~ ' ' ~ entry[1] -%}
            {%- elif ns.step > 1 -%}
                {#- More rows than planned, because some came in since: smaller
                    steps, so that as few as can be wait for the next run. -#}
                {%- set ns.step = ns.step // 2 -%}
            {%- else -%}
                {%- set ns.next = granules -%}
            {%- endif -%}
        {%- endfor -%}
        {#- Over only where something is left to do. -#}
        {%- set ns.over = ns.over and ns.next < granules -%}
        {%- do run_query('reset statement_timeout') -%}
    {%- endfor -%}
    {%- do run_query(
        'drop table if exists pg_temp.batch_bounds, pg_temp.changed_keys'
    ) -%}
    {%- if is_there -%}
        {%- do close_there() -%}
    {%- endif -%}
    {%- if is_there and ns.gone -%}
        {%- do wait_for_replica(stream) -%}
    {%- elif ns.gone -%}
        {%- do run_query('analyze ' ~ rule.relation) -%}
        {%- do vacuum_emptied(rule.relation, ns.gone, batch.vacuum_share) -%}
        {%- if rule.layer == 'raw' -%}
            {%- do drop_empty_partitions(rule.relation, batch.as_of) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return({'gone': ns.gone, 'trouble': ns.trouble, 'time_is_over': ns.over}) -%}
{%- endmacro %}
