{% macro refuse_changed_holds(stream, as_of, holds) -%}
if (
    select coalesce(string_agg(hold_id::text, ',' order by hold_id), '')
    from {{ retention_table('hold') }}
    where {{ hold_in_force(stream, as_of) }}
) <> '{{ holds }}' then
    raise exception using
        errcode = 'WH001', message = 'the holds have changed';
end if;
{%- endmacro %}
