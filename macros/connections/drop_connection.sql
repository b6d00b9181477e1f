{% macro drop_connection(source_name) -%}
    {#- Without cascade: what somebody else made of these tables is an error. -#}
    {%- set server = connection_server(source_name) -%}
    {%- set names = [] -%}
    {%- for table in source_tables(source_name) -%}
        {%- do names.append(node_relation(table).include(database=false) | string) -%}
    {%- endfor -%}
    {%- for name in catalog_columns() -%}
        {%- do names.append(connection_table(source_name, 'pg_' ~ name)) -%}
    {%- endfor -%}
for ours in
    select c.oid::regclass as name
    from pg_foreign_table as t
    inner join pg_class as c on c.oid = t.ftrelid
    inner join pg_foreign_server as s on s.oid = t.ftserver
    where s.srvname = '{{ server[1:-1] }}'
    and c.oid in (
        select to_regclass(name)
        from unnest(array['{{ names | join("', '") }}']) as name
    )
loop
    execute format('drop foreign table %s', ours.name);
end loop;
-- Types of an application's own that create_connection made, if none has them.
for ours in
    select t.oid::regtype as name
    from pg_type as t
    where t.typtype = 'd'
    and obj_description(t.oid, 'pg_type') = '{{ type_read_as_text() }}'
    and not exists (
        select from pg_depend as d
        where d.refclassid = 'pg_type'::regclass
        and d.refobjid in (t.oid, t.typarray) and d.deptype = 'n'
    )
loop
    execute format('drop domain %s', ours.name);
end loop;
{%- for each in [server, delete_server(source_name)] %}
if exists (
    select from pg_foreign_server where srvname = '{{ each[1:-1] }}'
) then
    drop user mapping if exists for current_user server {{ each }};
    drop server {{ each }};
end if;
{%- endfor %}
{%- endmacro %}
