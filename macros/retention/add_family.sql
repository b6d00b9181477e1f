{% macro add_family(family, rule, node, alias, children, tables, joins, going, path) -%}
    {%- set relation = node_relation(node) -%}
    {%- set is_there = is_connected(node) -%}
    {%- set keys = foreign_keys(node, noted=family.asked) -%}
    {%- set declared = [] -%}
    {%- for child in children -%}
        {%- set ns = namespace(
            node=none, stream=none, key=none, parent_key=none, children=[]
        ) -%}
        {%- for source in graph.sources.values()
            if source.source_name == node.source_name and source.name == child.table -%}
            {%- set ns.node = source -%}
        {%- endfor -%}
        {%- for stream in streams()
            if stream.source.unique_id == ns.node.unique_id -%}
            {%- set ns.stream = stream -%}
        {%- endfor -%}
        {%- set missing = missing_table([ns.node, ns.stream.raw if ns.stream]) -%}
        {%- if missing -%}
            {%- do family.update({'problem': family.problem or missing}) -%}
        {%- else -%}
        {%- set ns.parent_key = (node.config.meta.get('capture') or {})
            .get('key', [none])[0] -%}
        {%- for key in keys
            if key.schema == ns.node.schema and key.table == ns.node.identifier
            and key.column == child.key -%}
            {%- set ns.parent_key = key.parent_column -%}
            {%- do declared.append(key.name ~ key.place) -%}
        {%- endfor -%}
        {%- set member = 'child_' ~ (path + [node]) | length ~ '_' ~ loop.index -%}
        {%- set join = member ~ '.' ~ adapter.quote(child.key) ~ ' = ' ~ alias ~ '.'
            ~ adapter.quote(ns.parent_key) -%}
        {%- set above = 'exists (select from ' ~ relation ~ ' as ' ~ alias
            ~ ' where ' ~ join ~ ' and ' ~ going ~ ')' -%}
        {%- set from = tables + [node_relation(ns.node) ~ ' as ' ~ member] -%}
        {#- A child's own rules say what goes with it. -#}
        {%- for own in ns.node.config.meta.get('retention') or []
            if own.get('then', 'delete') == 'delete'
            and ns.node.unique_id not in path + [node.unique_id] -%}
            {%- for grandchild in own.get('children', [])
                if grandchild not in ns.children -%}
                {%- do ns.children.append(grandchild) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do add_family(
            family, rule, ns.node, member, ns.children, from, joins + [join], above,
            path + [node.unique_id]
        ) -%}
        {#- After its own children: deepest first. -#}
        {%- do family.members.append({
            'node': ns.node, 'relation': node_relation(ns.node), 'alias': member,
            'key': child.key, 'parent': alias, 'parent_key': ns.parent_key,
            'stream': ns.stream, 'name': node.source_name ~ '.' ~ child.table,
            'tables': from, 'joins': joins + [join], 'going': above,
            'holds': active_holds(ns.stream, rule.as_of) if ns.stream else [],
        }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for key in keys if key.name ~ key.place not in declared -%}
        {%- set there = api.Relation.create(schema=key.schema, identifier=key.table) -%}
        {%- if key.action == 'cascade' -%}
            {%- do family.update({'problem': family.problem or (
                rule.id ~ ': deleting rows of ' ~ relation.include(database=false)
                ~ ' deletes those of ' ~ there ~ ', too (foreign key ' ~ key.name
                ~ ', on delete cascade), and nobody has proved these: declare them as'
                ~ ' children, like `children: [{table: ' ~ key.table ~ ', key: '
                ~ (key.column or '<column>') ~ '}]`, or take the cascade out.'
            )}) -%}
        {%- elif key.action in ['no action', 'restrict'] and is_there
            and not key.is_readable -%}
            {%- do family.update({'problem': family.problem or (
                rule.id ~ ': which rows ' ~ key.place ~ ' needs (foreign key '
                ~ key.name ~ ') the role of the URL to delete by may not see: grant'
                ~ ' it select on that table.'
            )}) -%}
        {%- elif key.action in ['no action', 'restrict'] -%}
            {%- do family.blocking.append({
                'name': key.name,
                'tables': tables + [
                    (needed_there(node.source_name, key) if is_there else there)
                    ~ ' as blocker'
                    ~ (' (' ~ key.types ~ ')' if is_there else '')
                ],
                'joins': joins + [
                    key.join | replace('<child>', 'blocker')
                    | replace('<parent>', alias)
                ],
            }) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
