{% materialization rollup, adapter='postgres', supported_languages=['sql'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set shape = rollup_shape(model) -%}
    {%- set staging = graph.nodes[model.depends_on.nodes[0]] -%}
    {%- set sealed = sealed_relation(model) -%}
    {#- The same SELECT, over a CTE of the staging table's name: retention runs
        it over exactly the rows that leave. -#}
    {%- set query = sql | replace(
        node_relation(staging) | string, adapter.quote(staging.alias)
    ) -%}
    {%- do refuse_partial_build() -%}

    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}

    {{ get_assert_columns_equivalent(sql) }}
    {#- Rows that are being staged now know nothing of a rollup, or a SELECT, that
        is not registered yet, and would queue no bucket of it: wait for them. -#}
    {%- if not existing or not run_query(
        "select exists (
            select from " ~ retention_table('rollup') ~ "
            where rollup = '" ~ this.identifier ~ "'
            and query = $rollup$" ~ query ~ "$rollup$
            and shape = '" ~ tojson(shape) ~ "'::jsonb
        )"
    ).rows[0][0] -%}
        {% call statement('lock_staging') -%}
            lock table {{ node_relation(staging) }} in share mode
        {%- endcall %}
    {%- endif -%}
    {#- Of other columns, and nothing sealed yet: made anew. -#}
    {%- set sealed_columns = adapter.get_columns_in_relation(sealed)
        | map(attribute='name') | list -%}
    {%- if sealed_columns and sealed_columns | sort != model.columns | sort -%}
        {#- Locked before it is looked at: a batch may be sealing right now. -#}
        {% call statement('lock_sealed') -%}
            lock table {{ sealed }} in access exclusive mode
        {%- endcall %}
        {%- if not run_query(
            'select exists (select from ' ~ sealed ~ ')'
        ).rows[0][0] -%}
            {% call statement('drop_sealed') -%}
                drop table {{ sealed }}
            {%- endcall %}
        {%- endif -%}
    {%- endif -%}
    {% call statement('sealed') -%}
        create table if not exists {{ sealed }}
        {{ get_table_columns_and_constraints() }}
    {%- endcall %}

    {%- set registered = run_query(
        "select
            shape = '" ~ tojson(shape) ~ "'::jsonb,
            query = $rollup$" ~ query ~ "$rollup$,
            exists (select from " ~ sealed ~ "),
            shape ->> 'grain'
        from " ~ retention_table('rollup') ~ "
        where rollup = '" ~ this.identifier ~ "'"
    ).rows -%}
    {%- if registered and registered[0][2] and not registered[0][0] -%}
        {%- do exceptions.raise_compiler_error(
            node_place(model) ~ ': its grain, bucket or measures have changed'
            ~ ' (the grain was ' ~ registered[0][3] ~ '), but ' ~ sealed
            ~ ' holds numbers whose rows are gone: put them back, and write a new'
            ~ ' rollup beside this one.'
        ) -%}
    {%- endif -%}
    {%- set same_columns = existing
        and adapter.get_columns_in_relation(this) | map(attribute='name') | list
        == model.columns | list -%}
    {%- if existing and not same_columns -%}
        {% call statement('drop') -%}
            drop table {{ this }}
        {%- endcall %}
    {%- endif -%}
    {%- if not same_columns -%}
        {% call statement('create') -%}
            create table {{ target_relation }}
            {{ get_table_columns_and_constraints() }}
        {%- endcall %}
        {%- do create_indexes(target_relation) -%}
    {%- endif -%}
    {%- set whole = not same_columns or should_full_refresh()
        or not (registered and registered[0][0] and registered[0][1]) -%}

    {#- The queue is taken before the rows are read, by a statement of its own:
        whatever comes in between is queued again, and built twice, never not.
        Buckets past their time stay queued until retention lets go of them. -#}
    {% call statement('lock') -%}
        lock table {{ target_relation }} in share row exclusive mode
    {%- endcall %}
    {%- set first_kept = kept_from(model, as_of()) -%}
    {%- set buckets = run_query(
        "with taken as (
            delete from " ~ retention_table('touched') ~ "
            where rollup = '" ~ this.identifier ~ "'
            " ~ ('and bucket >= ' ~ bucket_as_utc(first_kept) if first_kept else '') ~ "
            returning bucket
        )
        -- With the era, and years of any length.
        select distinct case
            when isfinite(bucket) then to_char(
                bucket at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS\"+00\" BC'
            )
            else bucket::text
        end
        from taken
        order by 1"
    ).columns[0].values() -%}

    {% call statement('main') -%}
        {{ rebuild_buckets(
            target_relation, sealed, shape, sql, none if whole else buckets,
            first_kept
        ) }}
    {%- endcall %}

    {% call statement('register') -%}
        insert into {{ retention_table('rollup') }}
            (rollup, staging, shape, query, born_at)
        values (
            '{{ this.identifier }}',
            '{{ staging.alias }}',
            '{{ tojson(shape) }}',
            $rollup${{ query }}$rollup$,
            {{ as_of() }}
        )
        on conflict (rollup) do update
        set
            staging = excluded.staging,
            shape = excluded.shape,
            query = excluded.query
        where (rollup.staging, rollup.shape, rollup.query)
            is distinct from (excluded.staging, excluded.shape, excluded.query)
    {%- endcall %}

    {%- do apply_grants(target_relation, config.get('grants'), should_revoke=existing) -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
