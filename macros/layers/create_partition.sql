{% macro create_partition(relation, grain) -%}
    {%- set bounds = run_query(
        "select
            to_char(low, 'YYYYMMDD'),
            low || '+00',
            (low + interval '1 " ~ grain ~ "') || '+00',
            to_regclass(format(
                '%I.%I', '" ~ relation.schema ~ "',
                '" ~ relation.identifier ~ "__' || to_char(low, 'YYYYMMDD')
            )) is not null
        from date_trunc(
            '" ~ grain ~ "', " ~ as_of() ~ " at time zone 'UTC'
        ) as low"
    ).rows[0] -%}
    {%- set partition = relation.incorporate(
        path={'identifier': relation.identifier ~ '__' ~ bounds[0]}
    ) -%}
    {%- if not bounds[3] -%}
        {#- Created, then attached: that takes a weaker lock on the table than
            `create table ... partition of`, and readers go on. -#}
        {% call statement('create_partition') -%}
            create table {{ partition }} (like {{ relation }} including all);
            alter table {{ relation }} attach partition {{ partition }}
            for values from ('{{ bounds[1] }}') to ('{{ bounds[2] }}');
        {%- endcall %}
    {%- endif -%}
{%- endmacro %}
