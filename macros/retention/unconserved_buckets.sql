{% macro unconserved_buckets(rollup) -%}
    {%- set registered = run_query(
        "select query from " ~ retention_table('rollup')
        ~ " where rollup = '" ~ rollup.alias ~ "'"
    ).rows if run_query(
        "select to_regclass('" ~ retention_table('rollup') ~ "') is not null"
    ).rows[0][0] else [] -%}
    {%- if not registered -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set staging = graph.nodes[rollup.depends_on.nodes[0]] -%}
    {%- set bucket = adapter.quote(rollup.config.meta.rollup.bucket) -%}
    {%- set first_kept = kept_from(rollup, as_of()) -%}
    {%- set text -%}
with {{ adapter.quote(staging.alias) }} as (
    select * from {{ node_relation(staging) }}
),

alive_and_sealed as (
    select living.{{ bucket }} as bucket, living._rows
    from (
{{ registered[0][0] }}
    ) as living
    union all
    select sealed.{{ bucket }}, sealed._rows
    from {{ sealed_relation(rollup) }} as sealed
),

expected as (
    select bucket, sum(_rows) as _rows
    from alive_and_sealed
    group by 1
),

found as (
    select mart.{{ bucket }} as bucket, sum(mart._rows) as _rows
    from {{ node_relation(rollup) }} as mart
    group by 1
)

select bucket, expected._rows as expected_rows, found._rows as found_rows
from expected
full outer join found using (bucket)
where expected._rows is distinct from found._rows
and {{ bucket_as_utc('bucket') }} not in (
    select touched.bucket
    from {{ retention_table('touched') }} as touched
    where touched.rollup = '{{ rollup.alias }}'
)
{%- if first_kept %}
-- Past its time, a bucket is in no mart.
and bucket >= {{ first_kept }}
{%- endif %}
    {%- endset -%}
    {%- do return(text) -%}
{%- endmacro %}
