{% test accounts_balance(model) %}
{# Rows taken in = rows alive + rows let go of. It would hide a row that left
   by another way than retention, or came in uncounted. #}
with accounts as (
    {{ account(model) }}
)

select * from accounts
where taken_in <> alive + let_go
{% endtest %}
