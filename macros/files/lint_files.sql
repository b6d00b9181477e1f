{% macro lint_files(source) -%}
    {%- set files = source.config.meta.get('files') -%}
    {%- set at = node_place(source) ~ ': files' -%}
    {%- if files is none -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- if files is not mapping or files | list | sort != ['folder', 'output'] -%}
        {%- do return([
            at ~ ' is `' ~ files ~ '`; write the environment variable that names the'
            ~ ' folder of temporary files, and the column that names the file which'
            ~ ' stays, like `{folder: TEMP_DIR, output: <column>}`.'
        ]) -%}
    {%- endif -%}
    {%- set problems = [] -%}
    {%- if not modules.re.fullmatch('[A-Z][A-Z0-9_]*', files.folder | string) -%}
        {%- do problems.append(
            at ~ '.folder is `' ~ files.folder ~ '`; write the name of an environment'
            ~ ' variable, like TEMP_DIR, not a path.'
        ) -%}
    {%- endif -%}
    {%- if files.output not in source.columns -%}
        {%- do problems.append(
            at ~ '.output is `' ~ files.output ~ '`, which is no declared column of the'
            ~ ' table; its columns are ' ~ source.columns | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
    {%- for other in graph.sources.values()
        if other.unique_id < source.unique_id
        and other.config.meta.get('files') is mapping
        and other.config.meta.files.get('folder') == files.folder -%}
        {%- do problems.append(
            at ~ '.folder is that of ' ~ other.source_name ~ '.' ~ other.name
            ~ ', too, and the files of one would be orphans to the other; give each'
            ~ ' table a folder of its own.'
        ) -%}
    {%- endfor -%}
    {#- Files are told apart by the key, with which raw and staging must know it. -#}
    {%- set capture = declared_capture(source) -%}
    {%- set stream = streams()
        | selectattr('source.unique_id', 'equalto', source.unique_id) | first -%}
    {%- if capture.get('kind') != 'entity' or (capture.get('key') or []) | length != 1
        or not stream or not stream.staging or '_key' in stream.raw.columns
        or parents_of(stream) -%}
        {%- do problems.append(
            at ~ ' are known by the key of their row; that takes an entity with one'
            ~ ' key column, which raw and staging hold as it is, and which is no'
            ~ ' child of another table: change that, or take files out.'
        ) -%}
    {%- endif -%}
    {%- set timed = [] -%}
    {%- for rule in source.config.meta.get('retention') or []
        if rule is mapping and parse_keep(rule.get('keep'))
        and rule.get('then', 'delete') == 'delete' -%}
        {%- do timed.append(rule) -%}
    {%- endfor -%}
    {%- if timed | length != 1 -%}
        {%- do problems.append(
            at ~ ' go by the time of the one rule that deletes rows, and there are '
            ~ timed | length ~ '; declare one, or take files out.'
        ) -%}
    {%- endif -%}
    {%- do return(problems) -%}
{%- endmacro %}
