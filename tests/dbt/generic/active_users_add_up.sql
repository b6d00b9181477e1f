{% test active_users_add_up(model) %}
{# Daily users are among the weekly ones, these among the monthly ones, and
   nobody is counted twice. It would hide a window that forgets its users, or
   does not let go of them. #}
select * from {{ model }}
where not (
    daily_active_users >= 0
    and daily_active_users <= weekly_active_users
    and weekly_active_users <= monthly_active_users
)
{% endtest %}
