{% macro run_moment(as_of) -%}
    {#- Now is what the server's clock says: ours may be ahead of it. -#}
    {%- do return(moment(as_of or var('as_of', none) or run_query(
        "select to_char(
            clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'
        ) || 'Z'"
    ).rows[0][0])) -%}
{%- endmacro %}
