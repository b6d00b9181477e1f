{% macro load_layer(how) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set grain = config.get('partition_grain') -%}
    {%- do refuse_partial_build() -%}
    {%- do check_source_is_whole(model) -%}
    {%- if flags.FULL_REFRESH and existing -%}
        {{ log(
            this.identifier ~ ' is built incrementally, --full-refresh or not:'
            ~ ' some of its rows may be nowhere else.', info=true
        ) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}

    {{ get_assert_columns_equivalent(sql) }}
    {%- if existing is none -%}
        {% call statement('create') -%}
            create table {{ target_relation }}
            {{ get_table_columns_and_constraints() }}
            {%- if grain %} partition by range (_extracted_at){% endif %}
        {%- endcall %}
    {%- else -%}
        {%- do check_columns(target_relation) -%}
    {%- endif -%}

    {#- Before the first read: two builds at once must not take the same rows,
        and what the other one took must be seen. -#}
    {% call statement('lock') -%}
        lock table {{ target_relation }} in share row exclusive mode
    {%- endcall %}
    {%- if grain -%}
        {%- do create_partition(target_relation, grain) -%}
    {%- endif -%}

    {#- Of the first load of a table in a database of its own nothing is lost but
        the last batch. -#}
    {%- set in_batches = how == 'append_new_rows'
        and is_first_load_there(target_relation, graph.sources.get(model.depends_on.nodes[0])) -%}
    {%- if in_batches -%}
        {%- do load_in_batches(target_relation, sql) -%}
        {% call statement('lock') -%}
            begin;
            lock table {{ target_relation }} in share row exclusive mode;
            -- What was there when it began has been read; what has come since is
            -- found as on any night, and what comes late, on the next one.
            update {{ retention_table('compared') }} as known
            set compared_at = began.at, last_key = null
            from (
                select min(loaded_at) as at from {{ retention_table('load') }}
                where relation = '{{ target_relation.identifier }}'
            ) as began
            where known.relation = '{{ target_relation.identifier }}'
        {%- endcall %}
    {%- endif -%}
    {% call statement('main') -%}
        {%- if how == 'upsert_latest' -%}
            {{ upsert_latest(target_relation, sql) }}
        {%- elif how == 'append_new_versions' -%}
            {{ append_new_versions(target_relation, sql) }}
        {%- elif existing is none and not grain -%}
            {{ first_load(target_relation, sql) }}
        {%- else -%}
            {{ append_new_rows(
                target_relation, sql, late='0 days' if in_batches else '1 day'
            ) }}
        {%- endif -%}
    {%- endcall %}
    {%- if model.fqn[1] == 'staging' -%}
        {#- Without the clock in it, what is left is how rows are treated. -#}
        {%- set digest = local_md5(sql | replace(as_of(), '')) -%}
        {%- set before = run_query(
            "select digest from " ~ retention_table('treatment')
            ~ " where relation = '" ~ this.identifier ~ "'"
        ).rows -%}
        {%- if existing and before and before[0][0] != digest -%}
            {{ log(
                this.identifier ~ ': its treatment has changed, so its living rows'
                ~ ' are treated again.', info=true
            ) }}
            {% call statement('treat_again') -%}
                {{ treat_again(target_relation, sql) }}
            {%- endcall %}
        {%- endif -%}
        {% call statement('treatment') -%}
            insert into {{ retention_table('treatment') }} (relation, digest, treated_at)
            values ('{{ this.identifier }}', '{{ digest }}', {{ as_of() }})
            on conflict (relation) do update
            set digest = excluded.digest, treated_at = excluded.treated_at
            where treatment.digest <> excluded.digest
        {%- endcall %}
    {%- endif -%}
    {#- The first load is the largest: indexes are built after it, and the
        models that read it next know how large it is. One that was cut off, and
        has gone on now, has none yet but its key's. -#}
    {%- if existing is none or in_batches -%}
        {%- if not has_indexes(target_relation) -%}
            {%- do create_indexes(target_relation) -%}
        {%- endif -%}
        {% call statement('analyze') -%}
            analyze {{ target_relation }}
        {%- endcall %}
    {%- endif -%}

    {%- do apply_grants(
        target_relation, config.get('grants'), should_revoke=existing
    ) -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {%- do return({'relations': [target_relation]}) -%}
{%- endmacro %}
