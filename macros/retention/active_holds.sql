{% macro active_holds(stream, as_of) -%}
    {%- set predicates = run_query(
        "select predicate from " ~ retention_table('hold') ~ "
        where relation = '" ~ stream.name ~ "'
        and released_at is null
        and held_until > " ~ as_of ~ "
        order by hold_id"
    ).columns[0].values() -%}
    {%- do return(predicates | list) -%}
{%- endmacro %}
