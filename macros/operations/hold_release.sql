{% macro hold_release(hold_id, because=none, by=none) -%}
    {%- do check_prepared() -%}
    {%- if not (because or '').strip() or '@' in because -%}
        {%- do exceptions.raise_compiler_error(
            'A release needs its reason (`--because`), without an e-mail address:'
            ~ ' like "case 4711 is closed".'
        ) -%}
    {%- endif -%}
    {%- set released = run_query(
        "update " ~ retention_table('hold') ~ "
        set released_at = clock_timestamp(),
            released_by = session_user,
            released_for = nullif('" ~ (by or '') | replace("'", "''") ~ "', ''),
            released_because = '" ~ because.strip() | replace("'", "''") ~ "'
        where hold_id = " ~ hold_id | int ~ "
        and released_at is null
        returning hold_id"
    ).rows -%}
    {%- if not released -%}
        {%- do exceptions.raise_compiler_error(
            'There is no hold ' ~ hold_id ~ ' in force: `warehouse hold list`'
            ~ ' names them.'
        ) -%}
    {%- endif -%}
    {%- do hold_list(hold_id) -%}
{%- endmacro %}
