{% macro own_window(window) -%}
{%- set table = retention_table(window.table) -%}
{#- These clocks are the server's, whatever time a run counts from. -#}
{%- set past -%}
    {{ window.clock }} < {{ cutoff('clock_timestamp()', window.keep) }}
    {%- if window.where %}
        and {{ window.where }}
    {%- endif -%}
{%- endset -%}
{%- if window.then == 'sum up' %}
-- Accounts keep their sums: what is past its time becomes one row per bucket.
with several as (
    select own.relation, own.bucket
    from {{ table }} as own
    where {{ past }}
    group by own.relation, own.bucket
    having count(*) > 1
),

gone as (
    delete from {{ table }} as own
    using several
    where {{ past }}
    and own.relation = several.relation
    and own.bucket is not distinct from several.bucket
    returning own.relation, own.bucket, own.rows, own.loaded_at
),

kept as (
    insert into {{ table }} (relation, bucket, rows, loaded_at)
    select relation, bucket, sum(rows), max(loaded_at)
    from gone
    group by relation, bucket
    returning relation
)

select (select count(*) from gone) - (select count(*) from kept)
{%- else %}
with gone as (
    delete from {{ table }} as own
    where {{ past }}
    returning 1
)

select count(*) from gone
{%- endif %}
{%- endmacro %}
