{% macro lint_rules() -%}
    {%- set problems = [] -%}
    {%- set tables = graph.sources.values() | list -%}
    {%- set readers = readers_of() -%}
    {%- for node in graph.nodes.values()
        if node.resource_type in ['model', 'seed', 'snapshot'] -%}
        {%- do tables.append(node) -%}
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
            {%- endif -%}
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
            {%- do problems.extend(lint_pii(stream)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
