{% macro postgres__get_show_grant_sql(relation) -%}
    {#- As dbt's own, without information_schema
        (`postgres__get_columns_in_relation` says why). -#}
    select
        case when grantee = 0 then 'PUBLIC' else pg_get_userbyid(grantee) end
            as grantee,
        privilege_type
    from pg_class, aclexplode(relacl)
    where pg_class.oid = to_regclass('{{ relation.include(database=false) }}')
    and pg_get_userbyid(grantor) = current_role
    and grantee <> grantor
{%- endmacro %}
