{% macro apply_rule(rule, batch) -%}
    {%- set stream = rule.stream -%}
    {%- set rule_cutoff = cutoff(batch.as_of, rule.interval) if rule.interval else none -%}
    {%- set ns = namespace(gone=0, next=0, step=10, trouble=none) -%}
    {%- set rollups = [] -%}
    {%- if rule.layer == 'staging' -%}
        {%- for rollup in stream.rollups -%}
            {%- do rollups.append(registered_rollup(rollup)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set holds = active_holds(stream, batch.as_of) -%}
    {%- set sweeps = retention_sweeps(rule, rule_cutoff, holds, in_batch=true) -%}
    {#- The second sweep is for what the plan counted as undated. -#}
    {%- for sweep in (sweeps if batch.undated else sweeps[:1]) if not ns.trouble -%}
        {%- do run_query(batch_bounds(sweep, batch.granule_rows, batch.past)) -%}
        {%- set granules = run_query(
            'select coalesce(max(granule) + 1, 0) from pg_temp.batch_bounds'
        ).rows[0][0] | int -%}
        {%- set ns.next = 0 -%}
        {%- for _ in range(granules + 20) if ns.next < granules and not ns.trouble -%}
            {%- set last = [ns.next + ns.step, granules] | min - 1 -%}
            {%- do run_query(retention_batch(rule, sweep, dict(batch,
                first=ns.next, last=last, cutoff=rule_cutoff, rollups=rollups,
                holds=holds | map(attribute='hold_id') | join(','), allowed=batch.allowed - ns.gone,
            ))) -%}
            {%- set entry = run_query(
                "select rows, outcome, extract(epoch from took)::float
                from " ~ retention_table('ledger') ~ "
                where run_id = '" ~ batch.run_id ~ "' and rule = '" ~ rule.id ~ "'
                order by entry desc limit 1"
            ).rows[0] -%}
            {%- set ns.gone = ns.gone + entry[0] | int -%}
            {%- if entry[1] == 'let go' -%}
                {%- set ns.next = last + 1 -%}
                {#- Towards the time budget of a batch, at most doubling. -#}
                {%- set fit = ns.step * batch.batch_seconds
                    / ([entry[2] | float, 0.001] | max) -%}
                {%- set ns.step = [1, [ns.step * 2, fit | int] | min] | max -%}
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
    {%- endfor -%}
    {%- do run_query('drop table if exists pg_temp.batch_bounds') -%}
    {%- if ns.gone -%}
        {%- do run_query('analyze ' ~ rule.relation) -%}
        {%- if rule.layer == 'raw' -%}
            {%- do drop_empty_partitions(rule.relation, batch.as_of) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return({'gone': ns.gone, 'trouble': ns.trouble}) -%}
{%- endmacro %}
