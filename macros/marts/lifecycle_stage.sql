{% macro lifecycle_stage(signed_up_date, last_seen_date, is_deleted, today) -%}
    {#- The first that applies. Two years are what retention calls inactive. -#}
    case
        when {{ is_deleted }} then 'deleted'
        when {{ today }} - {{ signed_up_date }} < 7 then 'new'
        when {{ today }} - {{ last_seen_date }} < {{ active_user_days() }}
            then 'active'
        when {{ last_seen_date }} > ({{ today }} - interval '2 years')::date
            then 'dormant'
        else 'inactive'
    end
{%- endmacro %}
