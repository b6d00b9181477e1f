{% macro table_in_words(source, readers) -%}
    {%- set raw = readers.get(source.unique_id, []) | first -%}
    {%- set staging = readers.get(raw.unique_id, []) | first if raw else none -%}
    {%- set marts = readers.get(staging.unique_id, []) if staging else [] -%}
    {%- set lines = [
        '', '### ' ~ source.source_name ~ '.' ~ source.name, '',
        one_line(source.description), '',
        '| where | kept | because |', '|---|---|---|',
    ] -%}
    {%- set places = [('source', source)] -%}
    {%- if raw -%}{%- do places.append(('raw', raw)) -%}{%- endif -%}
    {%- if staging -%}{%- do places.append(('staging', staging)) -%}{%- endif -%}
    {%- for mart in marts | sort(attribute='name') -%}
        {%- do places.append(('`' ~ mart.name ~ '`', mart)) -%}
    {%- endfor -%}
    {%- for place, node in places -%}
        {%- for declared in node.config.meta.retention -%}
            {%- set rule = dict(
                node.config.meta.get('retention_default', {}), **declared
            ) -%}
            {%- do lines.append(
                '| ' ~ place ~ ' | ' ~ rule_in_words(rule) ~ ' | '
                ~ one_line(rule.because) ~ ' |'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set files = source.config.meta.get('files') -%}
    {%- if files -%}
        {%- do lines.extend(['', 'Temporary files of these rows, in the folder that `'
            ~ files.folder ~ '` names, go with their row; those of no row once they'
            ~ ' are as old as a row may be. The files that `' ~ files.output
            ~ '` names stay.']) -%}
    {%- endif -%}
    {%- if not raw -%}
        {%- do lines.extend(['', 'Nothing of it is copied.']) -%}
        {%- do return(lines) -%}
    {%- endif -%}

    {%- do lines.extend([
        '', '| column | tells | in staging |', '|---|---|---|'
    ]) -%}
    {#- What raw works out of a column has a kind of its own. -#}
    {%- set columns = dict(source.columns) -%}
    {%- for name, column in raw.columns.items()
        if name not in columns and not name.startswith('_') -%}
        {%- do columns.update({name: column}) -%}
    {%- endfor -%}
    {%- for name, column in columns.items() -%}
        {%- set kind = pii_kind(column) -%}
        {%- set tells = pii_kinds()[kind].words if kind else 'not said' -%}
        {%- set is_named = staging and modules.re.search(
            '\\b' ~ modules.re.escape(name) ~ '\\b', staging.raw_code
        ) -%}
        {%- set held = 'not copied' if name not in raw.columns
            else 'left out' if not is_named
            else 'as it is' if kind == 'none'
            else treatment_in_words(staging.raw_code, name) -%}
        {%- do lines.append(
            '| `' ~ name ~ '`' ~ ('' if name in source.columns else ', worked out')
            ~ ' | ' ~ tells ~ ' | ' ~ held ~ ' |'
        ) -%}
    {%- endfor -%}
    {%- do return(lines) -%}
{%- endmacro %}
