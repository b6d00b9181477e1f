{% macro init(with_sources=false, days=120) -%}
    {%- do check_rules() -%}
    {%- do run_query(prepare_database()) -%}
    {%- if with_sources -%}
        {%- do create_demo_sources(days) -%}
    {%- endif -%}
    {%- do check_database() -%}
    {%- for stream in streams() -%}
        {%- set problem = source_problem(stream.source) -%}
        {%- if problem -%}
            {%- do exceptions.raise_compiler_error(problem) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if target.name in var('retention_targets') -%}
        {%- do run_query(
            "update " ~ retention_table('source') ~ "
            set claimed_at = clock_timestamp()
            where claimed_at is null"
        ) -%}
    {%- endif -%}
    {#- The rules as shipped are right for the demo tables; anywhere else a
        person approves the first plan. -#}
    {%- if run_query(
        "select purpose = 'demo' from " ~ retention_table('database')
    ).rows[0][0] -%}
        {%- for rule in retention_rules() -%}
            {%- do run_query(
                "insert into " ~ retention_table('approval') ~ "
                    (rule, rule_digest, digest)
                values ('" ~ rule.id ~ "', '" ~ rule.digest ~ "', 'init')"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do log('The database is ready.', info=true) -%}
{%- endmacro %}
