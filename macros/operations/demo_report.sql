{% macro demo_report(as_of) -%}
    {%- set as_of = moment(as_of) -%}
    {%- set streams_found = {} -%}
    {%- for stream in streams() if stream.rollups -%}
        {%- set rule = stream.source.config.meta.retention[0] -%}
        {%- set clock = clock_as_utc(
            stream.source, stream.source.config.meta.capture.clock, 'source'
        ) -%}
        {%- set past = " < " ~ cutoff(as_of, parse_keep(rule.keep).interval) -%}
        {%- set rollup = stream.rollups[0] -%}
        {%- set row = run_query(
            "select
                (select sum(rows) from " ~ retention_table('load') ~ "
                    where relation = '" ~ stream.raw.alias ~ "'),
                (select count(*) from " ~ node_relation(stream.staging) ~ "),
                (select coalesce(sum(_rows), 0) from " ~ sealed_relation(rollup) ~ "),
                (select sum(_rows) from " ~ node_relation(rollup) ~ "),
                (select count(*) from " ~ node_relation(stream.source) ~ " as source
                    where " ~ clock ~ past ~ "),
                (select count(*) from " ~ node_relation(stream.raw) ~ "
                    where _clock" ~ past ~ "),
                (select count(*) from " ~ node_relation(stream.staging) ~ "
                    where _clock" ~ past ~ ")"
        ).rows[0] -%}
        {%- do streams_found.update({stream.name: {
            'captured': row[0] | int, 'alive': row[1], 'sealed': row[2] | int,
            'mart': row[3] | int, 'past_source': row[4], 'past_raw': row[5],
            'past_staging': row[6],
        }}) -%}
    {%- endfor -%}
    {%- do log('result: ' ~ tojson(streams_found)) -%}
{%- endmacro %}
