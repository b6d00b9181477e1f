{% macro vacuum_emptied(relation, gone, share) -%}
    {#- Plain, so that others read and write meanwhile; one who is in its way is
        not waited for. A role that may not vacuum the table is only warned. -#}
    {%- if run_query(
        "select " ~ gone ~ " > " ~ share ~ " * (" ~ gone ~ " + greatest(reltuples, 0))
        from pg_class
        where oid = '" ~ relation.include(database=false) ~ "'::regclass"
    ).rows[0][0] -%}
        {%- do run_query('vacuum (skip_locked) ' ~ relation) -%}
    {%- endif -%}
{%- endmacro %}
