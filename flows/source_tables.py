"""An application's tables, looked at without touching them.

What `warehouse inspect` prints and `warehouse add-source` writes comes from
here. No value of a row leaves the server: what a column holds is judged there,
by patterns over a sample, and only counts come back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg
from psycopg import sql

from flows.source_address import Source, SourceError, reason
from flows.source_guesses import guess_capture, guess_clock, guess_kinds
from flows.source_shape import Column, ForeignKey, Table, quoted

# A table up to this size is counted; of a larger one the planner is asked.
COUNTED = 10_000
SAMPLED = 1_000
_TABLES = """
select
    c.oid,
    n.nspname,
    c.relname,
    case c.relkind
        when 'r' then 'table' when 'p' then 'partitioned table'
        when 'f' then 'foreign table' when 'v' then 'view'
        else 'materialized view'
    end,
    has_schema_privilege(n.oid, 'usage')
        and has_any_column_privilege(c.oid, 'select'),
    whole.bytes,
    whole.rows,
    whole.inserts,
    whole.updates,
    case
        when has_schema_privilege(n.oid, 'usage')
            then row_security_active(c.oid)
        else false
    end
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
    select
        sum(pg_total_relation_size(m.oid))::bigint as bytes,
        sum(m.reltuples) filter (where m.reltuples >= 0)::bigint as rows,
        coalesce(sum(s.n_tup_ins), 0)::bigint as inserts,
        coalesce(sum(s.n_tup_upd), 0)::bigint as updates
    from pg_class as m
    left join pg_stat_all_tables as s on s.relid = m.oid
    where m.oid = c.oid and c.relkind <> 'p'
    or c.relkind = 'p' and m.oid in (
        select t.relid from pg_partition_tree(c.oid) as t where t.isleaf
    )
) as whole
where c.relkind in ('r', 'p', 'f', 'v', 'm')
and not c.relispartition
and n.nspname not like 'pg\\_%%' and n.nspname <> 'information_schema'
and (%s::text is null or n.nspname = %s)
-- An extension's own tables are nobody's rows.
and not exists (
    select from pg_depend as d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid
    and d.deptype = 'e'
)
order by n.nspname, c.relname
"""

_COLUMNS = """
select
    a.attrelid,
    a.attname,
    format_type(a.atttypid, a.atttypmod),
    coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text,
    b.typtype,
    not a.attnotnull,
    coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
    a.attgenerated <> '',
    has_column_privilege(a.attrelid, a.attnum, 'select')
from pg_attribute as a
inner join pg_type as t on t.oid = a.atttypid
inner join pg_type as b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any(%s) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
"""

# The first column of each index; the names of all of one that is a key.
_INDEXES = """
select
    i.indrelid,
    i.indisprimary,
    i.indisunique and i.indpred is null and i.indexprs is null
        and i.indimmediate,
    array(
        select a.attname::text
        from unnest(i.indkey::smallint[]) with ordinality as k (number, place)
        inner join pg_attribute as a
            on a.attrelid = i.indrelid and a.attnum = k.number
        where k.place <= i.indnkeyatts
        order by k.place
    ),
    i.indpred is null and i.indkey[0] <> 0 and am.amname = 'btree'
from pg_index as i
inner join pg_class as c on c.oid = i.indexrelid
inner join pg_am as am on am.oid = c.relam
where i.indrelid = any(%s) and i.indisvalid
order by i.indisprimary desc, i.indnkeyatts, c.relname
"""

_FOREIGN_KEYS = """
select
    f.conrelid,
    f.confrelid,
    n.nspname || '.' || c.relname,
    pn.nspname || '.' || p.relname,
    array(
        select a.attname::text
        from unnest(f.conkey) with ordinality as k (number, place)
        inner join pg_attribute as a
            on a.attrelid = f.conrelid and a.attnum = k.number
        order by k.place
    ),
    case f.confdeltype
        when 'c' then 'cascade' when 'n' then 'set null'
        when 'd' then 'set default' else 'refuse'
    end,
    exists (
        select from pg_index as i
        where i.indrelid = f.conrelid and i.indisvalid
        and i.indkey[0] = any(f.conkey)
    )
from pg_constraint as f
inner join pg_class as c on c.oid = f.conrelid
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_class as p on p.oid = f.confrelid
inner join pg_namespace as pn on pn.oid = p.relnamespace
where f.contype = 'f' and f.conparentid = 0 and not c.relispartition
and (f.conrelid = any(%s) or f.confrelid = any(%s))
order by 3, f.conname
"""

_TRIGGERS = """
select t.tgrelid, t.tgname
from pg_trigger as t
where t.tgrelid = any(%s) and not t.tgisinternal and t.tgenabled <> 'D'
and t.tgtype::integer & 8 > 0
order by t.tgname
"""

_PARTITIONS = """
select n.nspname, c.relname
from pg_partition_tree(%s::oid) as t
inner join pg_class as c on c.oid = t.relid
inner join pg_namespace as n on n.oid = c.relnamespace
where t.isleaf
order by 1, 2
"""

_GROUPS = {
    "text": "text",
    "character varying": "text",
    "character": "text",
    "name": "text",
    "citext": "text",
    "smallint": "number",
    "integer": "number",
    "bigint": "number",
    "numeric": "number",
    "real": "number",
    "double precision": "number",
    "money": "number",
    "interval": "number",
    "boolean": "boolean",
    "timestamp without time zone": "time",
    "timestamp with time zone": "time",
    "date": "date",
    "time without time zone": "number",
    "time with time zone": "number",
    "uuid": "uuid",
    "inet": "ip",
    "cidr": "ip",
    "json": "json",
    "jsonb": "json",
}


def read_tables(
    source: Source,
    schema: str | None = None,
    names: Sequence[str] = (),
    days: int = 90,
) -> list[Table]:
    """Reads the catalogue and looks into each table.

    Args:
        source: the connection.
        schema: that schema only; None is every schema of an application.
        names: those tables only; without, all but those OF_TOOLS.
        days: how long a rule would keep rows, for what it would free.

    Returns:
        The tables, by schema and name.

    Raises:
        SourceError: there is no such schema or table, or the connection broke.
    """
    tables = _catalogue(source, schema)
    if not tables:
        raise SourceError(
            f"There is no table in schema {schema}."
            if schema
            else "There is no table in this database."
        )
    for name in names:
        if not any(name in (table.name, table.label) for table in tables):
            raise SourceError(
                f"There is no table {name}"
                + (f" in schema {schema}" if schema else "")
                + "; there are "
                + ", ".join(table.name for table in tables)
                + "."
            )
    wanted = [
        table
        for table in tables
        if table.name in names
        or table.label in names
        or (not names and table.name not in OF_TOOLS)
    ]
    samples = {table.oid: _sample(source, table) for table in wanted}
    for table in tables:
        guess_kinds(table, tables, samples.get(table.oid, {}))
    for table in wanted:
        guess_clock(table)
        _look_at_age(source, table, days)
        guess_capture(table)
    return wanted


def find_schema(source: Source, name: str) -> str:
    """The schema of an application: of its name, or the only one there is.

    Raises:
        SourceError: there is none, or more than one.
    """
    found = sorted({row[1] for row in source.rows(_TABLES, None, None)})
    if name in found:
        return name
    if len(found) == 1:
        return str(found[0])
    raise SourceError(
        f"Say with --schema which one it is: {', '.join(found)}."
        if found
        else "There is no table in this database."
    )


def _catalogue(source: Source, schema: str | None) -> list[Table]:
    """What the catalogue says of each table."""
    tables = {}
    for row in source.rows(_TABLES, schema, schema):
        oid, where, name, form, readable, size, rows, inserts, updates = row[:9]
        tables[oid] = Table(
            oid=oid,
            schema=where,
            name=name,
            form=form,
            bytes=size if form not in ("view", "foreign table") else None,
            readable=readable,
            inserts=inserts,
            updates=updates,
            analyzed_rows=rows or None,
        )
        if row[9]:
            tables[oid].notes.append(
                "Row-level security hides some of its rows from this role."
            )
    oids = list(tables)
    for row in source.rows(_COLUMNS, oids):
        oid, name, type_, base, form, nullable, default, generated, ours = row
        group = _GROUPS.get(base.rpartition(".")[2], "other")
        tables[oid].columns.append(
            Column(
                name=name,
                type=type_,
                base=base,
                group="enumeration" if form == "e" else group,
                nullable=nullable,
                default_now=bool(
                    re.search(
                        r"\b(now|current_timestamp|statement_timestamp"
                        r"|clock_timestamp|transaction_timestamp|localtimestamp"
                        r"|current_date)\b",
                        default,
                        re.IGNORECASE,
                    )
                )
                and not generated,
                generated=generated,
                readable=ours,
            )
        )
    for oid, primary, unique, columns, leads in source.rows(_INDEXES, oids):
        table = tables[oid]
        if leads and columns:
            table.leading.add(columns[0])
        if unique and len(columns) == 1:
            table.unique.add(columns[0])
        never_null = all(
            not table.column(column).nullable for column in columns
        )
        if unique and columns and never_null and not table.key:
            table.key = list(columns)
            table.key_is_primary = primary
    for (
        child,
        parent,
        child_name,
        parent_name,
        columns,
        action,
        indexed,
    ) in source.rows(_FOREIGN_KEYS, oids, oids):
        if child in tables:
            tables[child].refers.append(
                ForeignKey(list(columns), parent_name, action, indexed)
            )
        if parent in tables:
            tables[parent].referred.append(
                ForeignKey(list(columns), child_name, action, indexed)
            )
    for oid, name in source.rows(_TRIGGERS, oids):
        tables[oid].triggers.append(name)
    for table in tables.values():
        if table.form == "partitioned table":
            table.partitions = [
                (where, name)
                for where, name in source.rows(_PARTITIONS, table.oid)
            ]
    return list(tables.values())


# Each pattern is matched on the server; what comes back is how many matched.
_PATTERNS = {
    "filled": "v <> ''",
    "email": r"v ~ '^\s*[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+\s*$'",
    "has_email": r"v ~ '[^@\s]+@[^@\s]+\.[A-Za-z]{2,}'",
    "ip": r"v ~ '^([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]+)?$'"
    r" or v ~* '^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$'"
    r" or (v like '%::%' and v ~* '^[0-9a-f:.]+$')",
    "user_agent": r"v ~ '^[A-Za-z][A-Za-z ._-]*/[0-9]+\.[0-9]'",
    "url": r"v ~* '^((https?|ftp)://|mailto:|www\.)'",
    "phone": r"v !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' and ("
    r"v ~ '^\+[0-9][0-9 ()./-]{6,}$'"
    r" or v ~ '^\(?[0-9]{2,4}\)?[ /.-][0-9][0-9 ./-]{4,}$')",
    "name": r"v ~ '^[[:upper:]][[:alpha:]''.-]+"
    r"( [[:upper:]][[:alpha:]''.-]*){1,3}$'",
    "words": r"v ~ '\S+\s+\S+\s+\S+\s+\S+'",
    "secret": r"v ~ '^(\$2[aby]\$|\$argon2|eyJ[A-Za-z0-9_-]{10}"
    r"|[sp]k_(live|test)_|-----BEGIN)'",
}

# What tools that change a schema note for themselves; without it they fail.
OF_TOOLS = {
    "__drizzle_migrations",
    "_prisma_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "ar_internal_metadata",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "knex_migrations",
    "knex_migrations_lock",
    "schema_migrations",
}

_PER_QUERY = 40  # columns; a row has 1,664 fields at most


def _sample(source: Source, table: Table) -> dict[str, dict[str, int]]:
    """How many values of a sample match each pattern, per text column.

    A table of more than a few thousand rows is sampled by blocks, so that the
    sample is not of its oldest rows only.
    """
    if table.is_view:
        table.notes.append(f"A {table.form}: its rows are other tables' rows.")
        return {}
    columns = [column for column in table.columns if column.readable]
    if not table.readable or not columns:
        table.rows = table.analyzed_rows
        table.notes.append(
            "This role may not read it; `grant select on"
            f" {quoted(table.schema)}.{quoted(table.name)} to ...`."
        )
        return {}
    if len(columns) < len(table.columns):
        hidden = [c.name for c in table.columns if not c.readable]
        table.notes.append(f"This role may not read {', '.join(hidden)}.")
    found: dict[str, dict[str, int]] = {}
    try:
        _count(source, table)
        texts = [column for column in columns if column.group == "text"]
        for start in range(0, len(texts), _PER_QUERY):
            some = texts[start : start + _PER_QUERY]
            counts = source.rows(_sample_query(table, some))[0]
            per_column = len(_PATTERNS) + 2
            for place, column in enumerate(some):
                part = counts[place * per_column : (place + 1) * per_column]
                found[column.name] = dict(
                    zip((*_PATTERNS, "distinct", "longest"), part, strict=True)
                )
    except psycopg.OperationalError as error:
        if source.is_closed:
            raise
        table.notes.append(f"Not sampled: {reason(error)}.")
    except psycopg.Error as error:
        table.notes.append(f"Not sampled: {reason(error)}.")
    return found


def _sample_query(table: Table, columns: list[Column]) -> sql.Composed:
    """The query that judges some columns of a sample."""
    judged = []
    for place in range(len(columns)):
        value = sql.Identifier(f"v{place}")
        judged += [
            sql.SQL("count(*) filter (where {})").format(
                sql.SQL(re.sub(r"\bv(?= )", f"v{place}", pattern))
            )
            for pattern in _PATTERNS.values()
        ]
        judged.append(sql.SQL("count(distinct {})").format(value))
        judged.append(sql.SQL("coalesce(max(length({})), 0)").format(value))
    values = [
        sql.SQL("left({}::text, 500) as {}").format(
            sql.Identifier(column.name), sql.Identifier(f"v{place}")
        )
        for place, column in enumerate(columns)
    ]
    return sql.SQL(
        "select {} from (select {} from {} {} limit {}) as sampled"
    ).format(
        sql.SQL(", ").join(judged),
        sql.SQL(", ").join(values),
        sql.Identifier(table.schema, table.name),
        _by_blocks(table),
        SAMPLED,
    )


def _by_blocks(table: Table) -> sql.Composable:
    """TABLESAMPLE of about three samples' worth, where the table is large."""
    if table.form == "foreign table" or (table.rows or 0) <= COUNTED:
        return sql.SQL("")
    share = max(0.0001, min(100.0, 300.0 * SAMPLED / (table.rows or 1)))
    return sql.SQL("tablesample system ({}) repeatable (1)").format(
        sql.Literal(share)
    )


def _count(source: Source, table: Table) -> None:
    """Counts a small table; asks the planner about a larger one."""
    relation = sql.Identifier(table.schema, table.name)
    try:
        counted = source.rows(
            sql.SQL(
                "select count(*) from (select from {} limit {}) as counted"
            ).format(relation, COUNTED + 1)
        )[0][0]
    except psycopg.errors.QueryCanceled:
        counted = COUNTED + 1  # dead rows in front of the living
    if counted <= COUNTED:
        table.rows, table.rows_estimated = counted, False
    else:
        table.rows = max(
            counted,
            _planned(source, sql.SQL("select from {}").format(relation)),
        )


def _planned(source: Source, query: sql.Composed) -> int:
    """How many rows the planner expects; nothing is read."""
    plan = source.rows(sql.SQL("explain (format json) ") + query)[0][0]
    return int(plan[0]["Plan"]["Plan Rows"])


def _look_at_age(source: Source, table: Table, days: int) -> None:
    """The oldest row, and what a rule would let go of."""
    if table.clock is None or table.rows is None or not table.readable:
        return
    column = table.column(table.clock)
    if not column.readable:
        return
    relation = sql.Identifier(table.schema, table.name)
    clock = sql.Identifier(column.name)
    cutoff = {
        "timestamp with time zone": "now()",
        "date": "(now() at time zone 'UTC')::date",
    }.get(re.sub(r"\(\d\)", "", column.type), "(now() at time zone 'UTC')")
    past = sql.SQL("{} < {} - {}").format(
        clock,
        sql.SQL(cutoff),
        sql.SQL("{} * interval '1 day'").format(days)
        if column.group == "time"
        else sql.Literal(days),
    )
    small = not table.rows_estimated
    try:
        if small or table.clock_indexed:
            # By the index, or all of the few rows.
            table.oldest = source.rows(
                sql.SQL(
                    "select to_char(min({}), {}) from {} where {} > '-infinity'"
                ).format(clock, _ISO, relation, clock)
            )[0][0]
        if small:
            table.past = source.rows(
                sql.SQL("select count(*) from {} where {}").format(
                    relation, past
                )
            )[0][0]
            table.past_estimated = False
            return
        known, oldest = _statistics(source, table, column)
        if known:
            # The planner's own estimate, out of its statistics.
            table.past = _planned(
                source,
                sql.SQL("select from {} where {}").format(relation, past),
            )
        else:
            share, oldest = source.rows(
                sql.SQL(
                    "select avg(({})::integer)::float8,"
                    " to_char(min({}) filter (where {} > '-infinity'), {})"
                    " from (select {} from {} {} limit {}) as sampled"
                ).format(
                    past,
                    clock,
                    clock,
                    _ISO,
                    clock,
                    relation,
                    _by_blocks(table),
                    SAMPLED,
                )
            )[0]
            table.past = round((share or 0) * (table.rows or 0))
        if table.oldest is None:
            table.oldest, table.oldest_estimated = oldest, True
    except psycopg.OperationalError as error:
        if source.is_closed:
            raise
        table.notes.append(f"{column.name} not looked at: {reason(error)}.")
    except psycopg.Error as error:
        table.notes.append(f"{column.name} not looked at: {reason(error)}.")


_ISO = sql.Literal("YYYY-MM-DD HH24:MI")


def _statistics(
    source: Source, table: Table, column: Column
) -> tuple[bool, str | None]:
    """Whether ANALYZE has seen the column, and the least value it noted."""
    members = table.partitions or [(table.schema, table.name)]
    array = sql.SQL("::text::{}[]").format(
        sql.SQL("date" if column.group == "date" else "timestamptz")
    )
    seen, oldest = source.rows(
        sql.SQL(
            "select count(*), to_char(min(least("
            " (histogram_bounds{})[1],"
            " (select min(v) from unnest(most_common_vals{}) as v)"
            ")), {}) from pg_stats"
            " where not inherited and attname = {}"
            " and (schemaname::text, tablename::text) in ({})"
        ).format(
            array,
            array,
            _ISO,
            column.name,
            sql.SQL(", ").join(
                sql.SQL("({}, {})").format(*member) for member in members
            ),
        )
    )[0]
    return seen > 0, oldest
