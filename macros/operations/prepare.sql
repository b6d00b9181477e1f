{% macro prepare() -%}
    {#- Everything but a salt: for a caller that brings its own. -#}
    {%- do run_query(prepare_database(make_salt=false)) -%}
    {%- do log('result: ' ~ tojson({
        'pii_schema': generate_schema_name('pii') | trim,
        'salt_fingerprint': run_query(
            'select salt_fingerprint from ' ~ retention_table('database')
        ).rows[0][0],
    })) -%}
{%- endmacro %}
