{% macro check_salt() -%}
    {%- set pii = generate_schema_name('pii') -%}
    {%- set found = run_query(
        "select count(*), coalesce(bool_and(
            left(encode(sha256(convert_to(salt, 'UTF8')), 'hex'), 8)
            = (select salt_fingerprint from " ~ retention_table('database') ~ ")
        ), false)
        from " ~ pii ~ ".salt where retired_at is null"
    ).rows[0] -%}
    {%- if found[0] == 0 -%}
        {%- do exceptions.raise_compiler_error(
            'There is no active salt in ' ~ pii ~ '.salt, and rows were hashed'
            ~ ' with one: put it back from its backup, or the same person gets'
            ~ ' a second pseudonym.'
        ) -%}
    {%- elif found[0] > 1 -%}
        {%- do exceptions.raise_compiler_error(
            'There are ' ~ found[0] ~ ' active salts in ' ~ pii ~ '.salt; set'
            ~ ' retired_at on all but the one that rows were hashed with.'
        ) -%}
    {%- elif not found[1] -%}
        {%- do exceptions.raise_compiler_error(
            'The salt in ' ~ pii ~ '.salt is not the one that rows were hashed'
            ~ ' with (its fingerprint differs from ' ~ retention_table('database')
            ~ '.salt_fingerprint): put the old one back.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
