{% macro rule_status(
    rule, ready, problem, build_problem, waits_for, not_due=none, unusual=none
) -%}
    {#- [status, why], the first that applies. -#}
    {%- if rule.keep == 'forever' -%}
        {%- do return(['kept', rule.because]) -%}
    {%- endif -%}
    {%- if not_due -%}
        {%- do return(['not due', not_due]) -%}
    {%- endif -%}
    {%- set problem = problem or rule_family(rule).problem -%}
    {%- if problem -%}
        {%- do return(['stopped', problem]) -%}
    {%- endif -%}
    {%- set is_there = rule.layer == 'source' and is_connected(rule.stream.source) -%}
    {%- set problem = may_not_change(rule.stream.source)
        or (plan_only_there(rule) if is_there) -%}
    {%- if problem -%}
        {%- do return(['plan only', problem]) -%}
    {%- endif -%}
    {%- set problem = delete_problem(rule) if is_there else none -%}
    {%- if problem -%}
        {%- do return(problem) -%}
    {%- endif -%}
    {%- if build_problem -%}
        {%- do return(['blocked', build_problem]) -%}
    {%- endif -%}
    {%- if waits_for -%}
        {%- do return(['blocked', 'It waits for ' ~ waits_for ~ '.']) -%}
    {%- endif -%}
    {%- if not run_query(
        "select exists (
            select from " ~ retention_table('approval') ~ "
            where rule = '" ~ rule.id ~ "' and rule_digest = '" ~ rule.digest ~ "'
        )"
    ).rows[0][0] -%}
        {%- do return([
            'approval needed', 'The rule is new or has changed.'
        ]) -%}
    {%- endif -%}
    {%- if unusual -%}
        {%- do return(['unusual', unusual]) -%}
    {%- endif -%}
    {%- do return(
        ['ready', rule.because] if ready else ['nothing to do', rule.because]
    ) -%}
{%- endmacro %}
