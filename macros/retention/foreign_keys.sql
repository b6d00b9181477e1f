{% macro foreign_keys(relation, side='parent') -%}
    {%- set here, there = ('confrelid', 'conrelid') if side == 'parent'
        else ('conrelid', 'confrelid') -%}
    {%- set keys = [] -%}
    {%- for row in run_query(
        "select
            c.conname,
            n.nspname,
            r.relname,
            case when cardinality(c.conkey) = 1 then max(child.attname) end,
            case when cardinality(c.conkey) = 1 then max(parent.attname) end,
            c.confdeltype::text,
            string_agg(
                format('<child>.%I = <parent>.%I', child.attname, parent.attname),
                ' and '
            ),
            string_agg(format('<child>.%I', child.attname), ', ')
        from pg_constraint as c
        inner join pg_class as r on r.oid = c." ~ there ~ "
        inner join pg_namespace as n on n.oid = r.relnamespace
        cross join unnest(c.conkey, c.confkey) as pair (child, parent)
        inner join pg_attribute as child
            on child.attrelid = c.conrelid and child.attnum = pair.child
        inner join pg_attribute as parent
            on parent.attrelid = c.confrelid and parent.attnum = pair.parent
        where c.contype = 'f' and c.conparentid = 0
        and c." ~ here ~ " = to_regclass('" ~ relation.include(database=false) ~ "')
        group by c.oid, c.conname, n.nspname, r.relname, c.conkey, c.confdeltype
        order by 2, 3, 1"
    ).rows -%}
        {%- do keys.append({
            'name': row[0], 'schema': row[1], 'table': row[2],
            'column': row[3], 'parent_column': row[4],
            'action': {
                'a': 'no action', 'r': 'restrict', 'c': 'cascade',
                'n': 'set null', 'd': 'set default',
            }[row[5]],
            'join': row[6], 'columns': row[7],
        }) -%}
    {%- endfor -%}
    {%- do return(keys) -%}
{%- endmacro %}
