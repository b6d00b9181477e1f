{% macro lint_rules() -%}
    {%- set problems = [] -%}
    {%- set tables = graph.sources.values() | list -%}
    {%- set readers = readers_of() -%}
    {%- for node in graph.nodes.values()
        if node.resource_type in ['model', 'seed', 'snapshot'] -%}
        {%- do tables.append(node) -%}
    {%- endfor -%}

    {#- Two that let go of the same rows would be at odds. -#}
    {%- set declared = {} -%}
    {%- for source in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- set first = declared.setdefault(source.relation_name, source) -%}
        {%- if first.unique_id != source.unique_id -%}
            {%- do problems.append(
                node_place(source) ~ ': it is the same table as '
                ~ first.source_name ~ '.' ~ first.name ~ ' in '
                ~ first.original_file_path ~ ', ' ~ source.relation_name
                ~ '; declare it once: take one of them out, with its models.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}

    {#- Every table by itself: where it stands, and what its rules say. -#}
    {%- for node in tables -%}
        {%- if node.resource_type != 'source' -%}
            {%- do problems.extend(lint_layer(node, readers)) -%}
        {%- endif -%}
        {%- do problems.extend(lint_table(node, readers)) -%}
        {%- do problems.extend(lint_kinds(node)) -%}
        {%- if node.config.materialized == 'rollup' -%}
            {%- set problem = rollup_problem(node) -%}
            {%- if problem -%}
                {%- do problems.append(problem) -%}
            {%- else -%}
                {%- do problems.extend(lint_key(node)) -%}
            {%- endif -%}
        {%- elif node.config.materialized in ['append_only', 'latest_version']
            and node.fqn[1] != 'raw' -%}
            {%- do problems.extend(lint_key(node)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {%- do return(problems) -%}
    {%- endif -%}

    {#- Then, if each can be read, along the streams: what is copied, and what
        one layer promises the next. -#}
    {%- for stream in streams() if stream.raw -%}
        {%- set found = lint_capture(stream) -%}
        {%- do problems.extend(found) -%}
        {%- if not found -%}
            {%- do problems.extend(lint_stream(stream, readers)) -%}
            {%- do problems.extend(lint_grace(stream)) -%}
            {%- do problems.extend(lint_pii(stream)) -%}
            {%- do problems.extend(lint_hashes(stream, readers)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for source in graph.sources.values() if not problems -%}
        {%- do problems.extend(lint_files(source)) -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
