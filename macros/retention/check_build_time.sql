{% macro check_build_time(as_of) -%}
    {#- Capture believes as_of: a row dated over a day after it counts as dated
        in the future, and ages from as_of. With another day's as_of that would
        be every row since, and the next night would let go of them. -#}
    {%- set found = run_query(
        "select
            abs(extract(epoch from clock_timestamp() - " ~ as_of ~ ")) > 12 * 3600
                and purpose = 'live',
            (" ~ as_of ~ " at time zone 'UTC')::text || ' UTC',
            to_char(
                clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'
            ) || ' UTC'
        from " ~ retention_table('database')
    ).rows[0] -%}
    {%- if found[0] and target.name in var('retention_targets') -%}
        {%- do exceptions.raise_compiler_error(
            'as_of is ' ~ found[1] ~ ', but the server\'s clock says ' ~ found[2]
            ~ '; what a live database captured then would age from the wrong'
            ~ ' day: leave as_of out, or set the clock right.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
