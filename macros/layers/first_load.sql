{% macro first_load(relation, query) %}
do $first_load$
-- A primary key that is built once all rows are there takes a tenth of the time.
-- Should two of them have the same one, it is as if this had not begun, and the
-- rows come in with the key there.
declare
    constraint_name text;
    definition text;
begin
    select conname, pg_get_constraintdef(oid)
    into strict constraint_name, definition
    from pg_constraint
    where conrelid = '{{ relation }}'::regclass and contype = 'p';

    execute format('alter table {{ relation }} drop constraint %I', constraint_name);
    execute $load${{ append_new_rows(relation, query, key_is_built=false) }}$load$;
    execute format(
        'alter table {{ relation }} add constraint %I %s', constraint_name, definition
    );
exception
    when unique_violation or no_data_found then
        execute $load${{ append_new_rows(relation, query) }}$load$;
end
$first_load$
{% endmacro %}
