{% macro lint_rules() -%}
    {%- set problems = [] -%}
    {%- set stream_of = {} -%}
    {%- for stream in streams() if stream.raw -%}
        {%- do stream_of.update({stream.source.unique_id: stream}) -%}
    {%- endfor -%}

    {#- Every table, each rule by itself. -#}
    {%- set tables = graph.sources.values() | list -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- do tables.append(node) -%}
    {%- endfor -%}
    {%- for node in tables -%}
        {%- do problems.extend(lint_table(node)) -%}
    {%- endfor -%}

    {%- for node in graph.sources.values() if node.unique_id not in stream_of -%}
        {%- for rule in node.config.meta.get('retention') or []
            if rule is mapping and parse_keep(rule.get('keep'))
            and rule.get('held_by') != 'nothing' -%}
            {%- do problems.append(
                node_place(node) ~ ': retention[' ~ loop.index0 ~ '] lets rows go,'
                ~ ' but no raw model holds them; write one in models/raw, or'
                ~ ' `keep: forever` with a reason.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- for node in tables if node.config.materialized == 'rollup' -%}
        {%- set problem = rollup_problem(node) -%}
        {%- if problem -%}
            {%- do problems.append(problem) -%}
        {%- endif -%}
    {%- endfor -%}

    {#- Then, if each can be read, along the streams: what one layer promises
        the next. -#}
    {%- if problems -%}
        {%- do return(problems) -%}
    {%- endif -%}
    {%- for stream in stream_of.values() -%}
        {%- do problems.extend(lint_stream(stream)) -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
