{% macro moment(given) -%}
    {%- set given = given or var("as_of", none) or run_started_at -%}
    {%- set text = (given | string).strip().replace(' ', 'T', 1) -%}
    {%- set day = '[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set time = 'T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{3}([0-9]{3})?)?)?' -%}
    {%- set zone = '(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])' -%}
    {%- set month = text[:8] ~ '01' -%}
    {%- if not modules.re.fullmatch(day ~ '(' ~ time ~ zone ~ '?)?', text)
        or (
            modules.datetime.date.fromisoformat(month)
            + modules.datetime.timedelta(days=text[8:10] | int - 1)
        ).isoformat()[:7] != text[:7] -%}
        {%- do exceptions.raise_compiler_error(
            "as_of is '" ~ given ~ "', which is no time: write it like "
            ~ "2026-03-01 or 2026-03-01T03:00:00Z (UTC where no offset stands)."
        ) -%}
    {%- endif -%}
    {%- set parsed = modules.datetime.datetime.fromisoformat(text) -%}
    {%- if parsed.tzinfo -%}
        {%- set parsed = parsed.astimezone(modules.pytz.utc) -%}
    {%- endif -%}
    {#- Text with an offset: the session's time zone has no say. -#}
    {%- do return(
        "'" ~ parsed.strftime('%Y-%m-%d %H:%M:%S.%f') ~ "+00'::timestamptz"
    ) -%}
{%- endmacro %}
