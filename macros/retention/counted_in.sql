{% macro counted_in(stream, where) -%}
    {%- set lines = [] -%}
    {%- set staging = node_relation(stream.staging) -%}
    {%- for rollup in stream.rollups if not missing_table([rollup]) -%}
        {%- set known = registered_rollup(rollup) -%}
        {#- A mart holds no person; a pseudonym is not for printing either. -#}
        {%- set shown = [] -%}
        {%- for column in known.grain
            if pii_kind(rollup.columns[column]) in [none, 'none']
            and not modules.re.search('_(hash|key)$', column) -%}
            {%- do shown.append(column) -%}
        {%- endfor -%}
        {%- for row in run_query(
            'with ' ~ adapter.quote(staging.identifier) ~ ' as (
                select * from ' ~ staging ~ ' as it where ' ~ where ~ '
            )
            select ' ~ quoted_key(shown, 'rolled') ~ '
            from (' ~ known.query ~ ') as rolled'
        ).rows -%}
            {%- set values = [] -%}
            {%- for column in shown -%}
                {%- if row[loop.index0] not in ['', none] -%}
                    {%- do values.append(column ~ ' ' ~ row[loop.index0]) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- do lines.append(
                '    Counted in ' ~ rollup.alias ~ ': ' ~ values | join(', ') ~ '.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(lines) -%}
{%- endmacro %}
