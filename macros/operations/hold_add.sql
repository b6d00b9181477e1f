{% macro hold_add(
    relation=none, where=none, subject=false, until=none, because=none, by=none
) -%}
    {%- do check_rules() -%}
    {%- do check_prepared() -%}
    {%- set known = {} -%}
    {%- for stream in streams() -%}
        {%- do known.update({stream.name: stream}) -%}
    {%- endfor -%}
    {%- set stream = known.get(relation) -%}
    {%- set problem = none -%}
    {%- if (relation is none) != subject or (where and subject) -%}
        {%- set problem = 'A hold is on a table, on rows of it (`--where`), or on'
            ~ ' a person (`--subject`, without a table): say which one.' -%}
    {%- elif not subject and not stream -%}
        {%- set problem = 'There is no table ' ~ relation ~ ' whose rows would'
            ~ ' leave: hold one of ' ~ known | join(', ') ~ '.' -%}
    {%- elif not (because or '').strip() or '@' in because -%}
        {%- set problem = 'A hold needs its reason (`--because`), which each plan'
            ~ ' prints, so without an e-mail address: like "case 4711".' -%}
    {%- elif not modules.re.fullmatch(
        '2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', until or ''
    ) -%}
        {%- set problem = 'A hold needs its last day (`--until`), written like'
            ~ ' 2027-06-30: it can be prolonged by another one.' -%}
    {%- elif where -%}
        {%- set problem = hold_problem(stream, where) -%}
    {%- endif -%}
    {%- if problem or (stream and missing_table([stream.source])) -%}
        {%- do exceptions.raise_compiler_error(
            problem or missing_table([stream.source])
        ) -%}
    {%- endif -%}
    {%- set predicate = where or ('' if subject else 'true') -%}
    {%- set insert -%}
        do $check$
        begin
            -- The last day counts; to_date would make a day of 2027-02-30.
            if '{{ until }}'::date < (clock_timestamp() at time zone 'UTC')::date then
                raise exception using message =
                    'A hold until {{ until }} is over: give a later day.';
            end if;
            {%- for node in ([stream.source, stream.raw] if where else [])
                if node and not missing_table([node]) %}
            begin
                execute 'select from {{ node_relation(node) }} as held where ({{
                    where | replace("'", "''") }}) limit 0';
            exception when others then
                raise exception using message =
                    'A hold on {{ relation }} has a condition that does not work'
                    ' in {{ node_relation(node).include(database=false) }} ('
                    || sqlerrm || '): name columns that the source and raw have.';
            end;
            {%- endfor %}
        end
        $check$;

        -- Waits for the batch that runs, and the next one sees it: once this
        -- has returned, no row on hold leaves.
        lock table {{ retention_table('gate') }} in exclusive mode;
        insert into {{ retention_table('hold') }} (
            relation, predicate, subject_hashes, reason, held_until, held_by,
            asked_by
        )
        values (
            '{{ relation or '*' }}',
            '{{ predicate | replace("'", "''") }}',
            {% if subject -%}
            array(
                select who.hash from ({{ person_in_tables() }}) as who
                where who.hash is not null
            )
            {%- else -%}
            null
            {%- endif %},
            '{{ because.strip() | replace("'", "''") }}',
            ('{{ until }}'::date + 1) at time zone 'UTC',
            session_user,
            nullif('{{ (by or "") | replace("'", "''") }}', '')
        )
        returning hold_id
    {%- endset -%}
    {%- if subject -%}
        {#- For the caller, who puts the person into pg_temp.subject first: what
            dbt runs is logged. -#}
        {%- do check_salt() -%}
        {%- do log('result: ' ~ tojson({'insert': insert})) -%}
    {%- else -%}
        {%- set hold_id = run_query(insert).rows[0][0] -%}
        {%- do hold_list(hold_id) -%}
    {%- endif -%}
{%- endmacro %}
