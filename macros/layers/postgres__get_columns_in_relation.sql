{% macro postgres__get_columns_in_relation(relation) -%}
    {#- dbt asks information_schema. Each model has a connection of its own, and
        there that view alone takes 20 ms to be planned: as much as a model. -#}
    {% call statement('get_columns_in_relation', fetch_result=true) -%}
        select
            attname as column_name,
            format_type(atttypid, null) as data_type,
            case
                when atttypid in ('varchar'::regtype, 'bpchar'::regtype)
                    and atttypmod > 0
                    then atttypmod - 4
            end as character_maximum_length,
            case
                when atttypid = 'numeric'::regtype and atttypmod > 0
                    then (atttypmod - 4) >> 16 & 65535
            end as numeric_precision,
            case
                when atttypid = 'numeric'::regtype and atttypmod > 0
                    -- Eleven bits with a sign.
                    then (((atttypmod - 4) & 2047) # 1024) - 1024
            end as numeric_scale
        from pg_attribute
        where attrelid = to_regclass('{{ relation.include(database=false) }}')
        and attnum > 0 and not attisdropped
        order by attnum
    {%- endcall %}
    {%- do return(sql_convert_columns_in_relation(
        load_result('get_columns_in_relation').table
    )) -%}
{%- endmacro %}
