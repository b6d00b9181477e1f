{% macro refuse_changed_keys(family) -%}
{%- for table in family.asked %}
if md5((
    {{ table.question | indent(4) }}
)) <> '{{ table.answer }}' then
    raise exception using
        errcode = 'WH001',
        message = 'what refers to its rows has just changed: run it again';
end if;
{%- endfor %}
{%- endmacro %}
