{% macro check_as_of(as_of) -%}
    {%- set found = run_query(
        "select
            " ~ as_of ~ " > clock_timestamp()
                and (select purpose from " ~ retention_table('database') ~ ") = 'live',
            (select max(as_of) from " ~ retention_table('run') ~ ") > " ~ as_of ~ ",
            (" ~ as_of ~ " at time zone 'UTC')::text || ' UTC',
            (select max(as_of) at time zone 'UTC' from " ~ retention_table('run') ~ ")::text || ' UTC'"
    ).rows[0] -%}
    {%- if found[0] -%}
        {%- do exceptions.raise_compiler_error(
            'as_of is ' ~ found[2] ~ ', which the server\'s clock has not reached;'
            ~ ' rows would go before their time: leave as_of out, or set the'
            ~ ' clock right.'
        ) -%}
    {%- elif found[1] -%}
        {%- do exceptions.raise_compiler_error(
            'as_of is ' ~ found[2] ~ ', before the last run (' ~ found[3]
            ~ '); time does not go back: give a later as_of, or none.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
