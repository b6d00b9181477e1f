{% macro unsettled_problem(stream) -%}
    {%- set row = run_query(
        "select
            sum(proved)::bigint,
            coalesce(max(problem), 'the run ended before that was known')
        from " ~ retention_table('intent') ~ "
        where entry ->> 'stream' = '" ~ stream.name ~ "'"
    ).rows[0] -%}
    {%- do return(
        'Of ' ~ stream.name ~ ' ' ~ row[0] ~ ' rows may have gone, and where they'
        ~ ' are it could not be asked (' ~ row[1].rstrip('.') ~ '): start or repair'
        ~ ' that; the next run asks again.' if row[0] else none
    ) -%}
{%- endmacro %}
