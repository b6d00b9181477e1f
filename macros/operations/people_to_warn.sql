{% macro people_to_warn(as_of=none) -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- set as_of = moment(as_of) -%}
    {%- do check_as_of(as_of) -%}
    {%- do list_people_to_warn(retention_rules(as_of)) -%}
    {%- set listed = run_query(
        'select rule, count(*), count(*) filter (where as_of = ' ~ as_of ~ ')
        from ' ~ retention_table('person_to_warn') ~ ' group by rule order by rule'
    ).rows -%}
    {%- for row in listed -%}
        {%- do log(
            row[0] ~ ': ' ~ row[1] ~ ' to warn, ' ~ row[2] ~ ' of them new; their ids'
            ~ ' are in ' ~ retention_table('person_to_warn') ~ '.', info=true
        ) -%}
    {%- else -%}
        {%- do log('Nobody is to be warned.', info=true) -%}
    {%- endfor -%}
{%- endmacro %}
