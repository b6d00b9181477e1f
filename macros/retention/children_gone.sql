{% macro children_gone(rule, sweep, batch, using) %}
{%- for child in sweep.family.members %}
{%- set going = child.going
    | replace('<parents>', sweep.range ~ '\n                    ' ~ sweep.proof ~ '\n') %}
            {%- if child.stream %}
            {{ refuse_changed_holds(
                child.stream,
                batch.as_of,
                child.holds | map(attribute='hold_id') | join(','),
            ) | indent(12) }}
            {%- endif %}

            -- The rows of {{ child.name }} that go with them, first.
            execute $sql$
                select count(*) from {{ child.relation }} as {{ child.alias }}
                where {{ going }}
            $sql$ into counted {{ using }};
            {{- keep_undoable(
                rule, child.stream, child.relation, child.alias, going, batch, using
            ) }}
            execute $sql$
                delete from {{ child.relation }} as {{ child.alias }}
                where {{ going }}
            $sql$ {{ using }};
            get diagnostics gone = row_count;
            if gone <> counted then
                raise exception using
                    errcode = 'WH003',
                    message = 'other rows were changed than were proved';
            elsif gone > 0 then
                {{ ledger_entry(
                    dict(
                        rule, relation=child.relation,
                        stream=child.stream or {'name': child.name}
                    ),
                    batch, 'gone', "'let go'", 'null, null'
                ) }}
            end if;
{%- endfor %}
{% endmacro %}
