{% macro demo_cron(step, source, schema, as_of) -%}
    {%- set found = run_query(
        context[source ~ '__cron_of_today'](step, schema, moment(as_of))
    ) -%}
    {%- if step == 'report' -%}
        {%- set row = found.rows[0] -%}
        {%- do log('result: ' ~ tojson({
            'summed': row[0] | int, 'alive': row[1], 'past': row[2]
        })) -%}
    {%- endif -%}
{%- endmacro %}
