{% macro approve(digest, own=false) -%}
    {%- do check_prepared() -%}
    {%- do refuse_what_if(digest) -%}
    {%- if own and run_query(
        "select purpose = 'live' from " ~ retention_table('database')
    ).rows[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            'A plan is approved by its digest, once somebody has read it'
            ~ ' (`warehouse approve ' ~ digest ~ '`); only a demo or test database'
            ~ ' approves its own.'
        ) -%}
    {%- endif -%}
    {%- set found = run_query(
        "with approved as (
            insert into " ~ retention_table('approval') ~ "
                (rule, rule_digest, digest)
            select rule, rule_digest, digest
            from " ~ retention_table('plan') ~ "
            where digest = '" ~ digest | replace("'", "''") ~ "'
            and status in ('approval needed', 'unusual', 'stopped')
            returning rule
        )
        select
            (select count(*) from approved),
            exists (
                select from " ~ retention_table('plan') ~ "
                where digest = '" ~ digest | replace("'", "''") ~ "'
            )"
    ).rows[0] -%}
    {%- if not found[1] -%}
        {%- do exceptions.raise_compiler_error(
            'There is no plan ' ~ digest ~ ': make one with `warehouse plan`.'
        ) -%}
    {%- endif -%}
    {%- do log('Approved ' ~ found[0] ~ ' rules of plan ' ~ digest ~ '.', info=true) -%}
    {%- do log('To apply it: warehouse apply ' ~ digest, info=true) -%}
{%- endmacro %}
