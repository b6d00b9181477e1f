{% macro person_in_tables() -%}
    {#- Who stands in pg_temp.subject, hashed; and by what else the tables of
        accounts (an identifier for a key) know the same person. -#}
    with given as (
        select {{ person_hash('subject.value') }} as hash
        from pg_temp.subject
    ),

    accounts as (
        select null::text[] as hashes
        {%- for stream in streams() %}
        {%- set columns = person_columns(stream.source) -%}
        {%- set key = declared_capture(stream.source).get('key') or [] %}
        {%- if columns | length > 1 and key | length == 1 and key[0] in columns %}
        {%- for node in [stream.source, stream.raw]
            if node and not missing_table([node]) %}
        union all
        select array[
            {%- for column in columns if column in node.columns -%}
                {{ person_hash('account.' ~ adapter.quote(column)) }}
                {{- ', ' if not loop.last }}
            {%- endfor -%}
        ]
        from {{ node_relation(node) }} as account
        {%- endfor %}
        {%- endif %}
        {%- endfor %}
    )

    select given.hash from given
    union
    select unnest(accounts.hashes)
    from accounts
    inner join given on given.hash = any (accounts.hashes)
{%- endmacro %}
