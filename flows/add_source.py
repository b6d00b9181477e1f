"""`warehouse add-source`: the files that an application's tables need.

Sources, raw and staging models, a rollup per day of events, and the vars; as a
person would write them, and for a person to go on from. What only a person can
know is left empty, and the linter refuses it until it is filled in: why rows
are kept as long as they are, and what a column holds that nothing tells.
Nothing is overwritten.
"""

# ruff: noqa: S608 - the SQL here is text for files; nothing runs it.

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
import yaml

from flows.database import DatabaseError, resolve
from flows.run_dbt import PROJECT
from flows.source_address import Source, SourceError, connect, find_address
from flows.source_shape import Column, Table, quoted, singular, snake
from flows.source_tables import find_schema, read_tables

KEEP = "90 days"
# It reads other tables without a ref, so it names the marts it comes after.
COUNTS = Path("models/marts/operations/marts_operations_data_freshness.sql")
# What nobody could tell is copied, too, once a person has said what it is: the
# linter stops every build until then.
_CAPTURED = ("email", "phone", "ip", "user_agent", "url", "id", "none", None)
_WIDTH = 80
_NOT_NULL = """        constraints:
          - {type: not_null, warn_unsupported: false}
"""


@dataclass
class Treated:
    """A column of a staging model.

    Attributes:
        name: in staging.
        type: in staging.
        query: SQL that makes it of `copies`.
        says: its description.
    """

    name: str
    type: str
    query: str
    says: str = ""


@dataclass
class Plan:
    """A table that is to be added.

    Attributes:
        table: the table.
        thing: what one row is, like `visit`.
        captured: its columns that raw copies; none where nobody needs a copy.
    """

    table: Table
    thing: str
    captured: list[Column]

    @property
    def key_is_hashed(self) -> bool:
        """Whether the key stands for a person, so that staging has a hash."""
        return any(
            self.table.column(name).kind == "id" for name in self.table.key
        )

    @property
    def key(self) -> list[str]:
        """The key in staging."""
        if not self.key_is_hashed:
            return [
                _plain_name(self, self.table.column(name))
                for name in self.table.key
            ]
        if len(self.table.key) > 1:
            return [f"{self.thing}_key"]
        return [_pseudonym(self, self.table.column(self.table.key[0]))[0]]


def add_source(
    name: str,
    url: str | None = None,
    schema: str | None = None,
    names: Sequence[str] = (),
    entities: Sequence[str] = (),
    project: Path = PROJECT,
    say: Callable[[str], None] = print,
) -> None:
    """Writes the files for an application's tables.

    Args:
        name: the application's, as folders and models will have it.
        url: where its tables are; as for `inspect`.
        schema: their schema; the default is the URL's own, or one of the
            application's name, or the only one.
        names: the tables; the default is all that can be captured.
        entities: those of them whose rows change, whatever they look like.
        project: the folder that `dbt_project.yml` is in.
        say: is called with each line for a person.

    Raises:
        SourceError: one sentence about why nothing was written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise SourceError(
            f"`{name}` cannot be a source's name: write it in lower case,"
            " digits and underscores, like `clinic`."
        )
    address = find_address(url)
    with connect(address) as source:
        wanted = schema or address.schema or find_schema(source, name)
        chosen = read_tables(source, wanted, names)
        elsewhere = _is_elsewhere(source)
    # Its tables are made readable in a schema that no other application has.
    here = name if elsewhere else wanted
    for unknown in set(entities) - {table.name for table in chosen}:
        raise SourceError(f"--entity {unknown} is none of the tables to add.")
    for table in chosen:
        if table.name in entities:
            table.kind, table.may_change = "entity", []
    skipped: list[str] = []
    plans = []
    for table in chosen:
        problem = _problem(table)
        if problem and names:
            raise SourceError(problem)
        if problem:
            skipped.append(problem)
        else:
            plans.append(_plan(table))
    if not plans:
        raise SourceError(" ".join(["Nothing was written.", *skipped]))
    things = [plan.thing for plan in plans]
    for plan in plans:
        if things.count(plan.thing) > 1:
            raise SourceError(
                f"Two tables would be called {plan.thing} here, one of them"
                f" {plan.table.name}: add them one by one, with --table."
            )
    files = _files(name, wanted, plans)
    project_file = project / "dbt_project.yml"
    for path in files:
        if (project / path).exists():
            raise SourceError(
                f"{path} is there already, and nothing is overwritten: nothing"
                " was written."
            )
    claimed = _claimed(project)
    for plan in plans:
        place = claimed.get((here, plan.table.name))
        if place:
            raise SourceError(
                f"{plan.table.label} is declared in {place} already, and"
                " once is enough: nothing was written."
            )
    text = _with_vars(project_file.read_text(), name, here)
    counts = project / COUNTS
    marts = [Path(path).stem for path in files if "/marts_" in path]
    if marts and counts.exists():
        counts.write_text(_with_marts(counts.read_text(), name, marts))
    for path, content in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        with (project / path).open("x") as file:
            file.write(content)
    project_file.write_text(text)
    _say_what_is_next(name, files, plans, skipped, say)
    connecting = f"warehouse connect {name}"
    if wanted not in (address.schema, "public"):
        connecting += f" --schema {wanted}"
    if elsewhere:
        say("  warehouse check")
        say(f"  {connecting} --delete-url  # for its URLs; the second deletes")
    say(
        f"  {'' if elsewhere else 'warehouse check && '}"
        "warehouse init && dbt build"
    )


def _is_elsewhere(source: Source) -> bool:
    """Whether this is known to be another database than the warehouse's."""
    who = (
        "select (select system_identifier from pg_control_system()),"
        " current_database()"
    )
    try:
        with resolve().connect() as connection:
            return connection.execute(who).fetchone() != source.rows(who)[0]
    except (DatabaseError, psycopg.Error):
        return False


def _claimed(project: Path) -> dict[tuple[str, str], str]:
    """The file that declares each table, of sources that are switched on."""
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    variables = settings.get("vars") or {}

    def value(text: object) -> object:
        found = re.fullmatch(r"\{\{ var\('(\w+)'\) \}\}", str(text))
        return variables.get(found[1]) if found else text

    claimed = {}
    for path in sorted((project / "models" / "raw").glob("*/*sources.yml")):
        document = yaml.safe_load(path.read_text()) or {}
        for source in document.get("sources") or []:
            if value((source.get("config") or {}).get("enabled")) is False:
                continue
            schema = str(value(source.get("schema", source["name"])))
            for table in source.get("tables") or []:
                name = str(table.get("identifier", table["name"]))
                claimed[schema, name] = str(path.relative_to(project))
    return claimed


def _problem(table: Table) -> str | None:
    """Why a table cannot be added, in a sentence."""
    if table.is_view:
        return f"{table.label} is a {table.form}: add the tables it reads."
    odd = [
        text
        for text in (table.name, *(column.name for column in table.columns))
        if not re.fullmatch(r"[\w $.-]+", text)
    ]
    if odd:
        return f"{table.label} has a name in it that dbt cannot take: {odd[0]}."
    if not table.readable:
        return f"{table.label} may not be read by this role."
    if _is_worthless(table):
        return None
    if not table.key:
        return (
            f"{table.label} has no primary key, nor a unique index over columns"
            " that are never NULL, so its rows cannot be captured: give it one,"
            " or leave it out with --table."
        )
    for name in table.key:
        if table.column(name).kind not in ("none", "id"):
            return (
                f"{table.label} is keyed by {name}, which may be personal data"
                f" ({table.column(name).why}), and a key is kept as it is: give"
                " the table another, or leave it out with --table."
            )
    return None


def _is_worthless(table: Table) -> bool:
    """A table of tokens and the like: nobody needs a copy of what expires."""
    return table.expiry is not None and any(
        column.kind == "secret" for column in table.columns
    )


def _plan(table: Table) -> Plan:
    """What becomes of a table."""
    captured = [
        column
        for column in table.columns
        if column.name in table.key
        or (
            column.kind in _CAPTURED
            and (column.kind is not None or column.group != "other")
            and column.readable
            and not column.generated
        )
    ]
    return Plan(
        table,
        snake(singular(table.name)),
        [] if _is_worthless(table) else captured,
    )


def _files(name: str, schema: str, plans: list[Plan]) -> dict[str, str]:
    """Every file and its text, by path in the project."""
    raw, staging = f"models/raw/{name}", f"models/staging/{name}"
    marts = f"models/marts/{name}"
    captured = [plan for plan in plans if plan.captured]
    events = [plan for plan in captured if plan.table.kind == "event"]
    files = {f"{raw}/_{name}__sources.yml": _sources_yml(name, schema, plans)}
    if captured:
        files[f"{raw}/_{name}__models.yml"] = "version: 2\n\nmodels:\n" + (
            "\n".join(_raw_yml(name, plan) for plan in captured)
        )
        files[f"{staging}/_{name}__models.yml"] = "version: 2\n\nmodels:\n" + (
            "\n".join(_staging_yml(name, plan) for plan in captured)
        )
    for plan in captured:
        files[f"{raw}/raw_{name}_{plan.thing}.sql"] = _raw_sql(name, plan)
        files[f"{staging}/stg_{name}_{plan.thing}.sql"] = _staging_sql(
            name, plan
        )
    if events:
        files[f"{marts}/_{name}__models.yml"] = "version: 2\n\nmodels:\n" + (
            "\n".join(_rollup_yml(name, plan) for plan in events)
        )
    for plan in events:
        files[f"{marts}/marts_{name}_{plan.thing}_daily.sql"] = _rollup_sql(
            name, plan
        )
    return files


# --- sources ---------------------------------------------------------------


def _sources_yml(name: str, schema: str, plans: list[Plan]) -> str:
    text = f"""version: 2

# Written by `warehouse add-source`. Fill in each `because: ""` (and each `pii:`
# that is empty): `warehouse check` names them until then.
sources:
  - name: {name}
    description: The tables of {name}, in schema {schema}.
    schema: "{{{{ var('{name}_schema') }}}}"
    config:
      enabled: "{{{{ var('{name}_enabled') }}}}"
    tables:
"""
    return text + "\n".join(_source_yml(plan) for plan in plans)


def _source_yml(plan: Plan) -> str:
    table = plan.table
    text = f"      - name: {_yaml(table.name)}\n"
    text += f"        description: One row per {_words(plan.thing)}.\n"
    text += "        config:\n"
    clock = table.clock or ""
    if plan.captured and table.kind == "event":
        zone = _zone(table.column(clock))
        text += f"""\
          # Where a day may be quiet: out with it, and meta.no_freshness
          # says why.
          freshness:
            warn_after: {{count: 12, period: hour}}
            error_after: {{count: 24, period: hour}}
          loaded_at_query: >
            select max({quoted(clock)}){zone} from {{{{ this }}}}
"""
    text += "          meta:\n"
    if plan.captured:
        key = ", ".join(_yaml(column) for column in table.key)
        text += "            capture:\n"
        text += f"              kind: {table.kind}\n"
        text += f"              key: [{key}]\n"
        if table.kind == "event":
            text += f"              clock: {_yaml(clock)}\n"
        elif cursor := _cursor(table):
            text += f"              cursor: {_yaml(cursor)}\n"
    text += "            retention:\n"
    if not plan.captured:
        text += f"""              - keep: 1 hour
                since: {_yaml(table.expiry or "")}
                then: delete
                held_by: nothing
                every: day
                because: ""
"""
    elif table.kind == "event":
        text += f"""              - keep: {KEEP}
                since: {_yaml(clock)}
                then: delete
                held_by: raw
                every: day
                because: ""
"""
    else:
        today = date.today()
        review = today.replace(year=today.year + 1, day=min(today.day, 28))
        text += f"""              - keep: forever
                review: {review}
                because: ""
"""
    text += "        columns:\n"
    for column in table.columns:
        text += f"          - name: {_yaml(column.name)}\n"
        says = _not_captured(plan, column)
        if says:
            text += f"            description: {says}\n"
        text += f"            data_type: {_yaml_type(column.type)}\n"
        text += _quote(column.name, " " * 12)
        if column.kind == "secret":
            pass  # no kind of personal data; the description says enough
        elif column.kind:
            text += f"            config: {{meta: {{pii: {column.kind}}}}}\n"
        else:
            text += "            config:\n              meta:\n"
            text += f"                pii:  # {column.why}\n"
    return text


def _not_captured(plan: Plan, column: Column) -> str:
    if column.kind == "secret":
        return "A secret; never captured."
    if not plan.captured or column in plan.captured:
        return ""
    if column.generated:
        return "Worked out from other columns; not captured."
    return "Not captured."


def _cursor(table: Table) -> str | None:
    for column in table.columns:
        if re.fullmatch(
            r"(last_)?(updated|modified)(_at|_on)?", snake(column.name)
        ):
            return column.name
    return None


def _zone(column: Column) -> str:
    """What makes a `timestamp` without time zone, which is UTC, a moment."""
    zoned = column.base == "timestamp with time zone"
    return "" if zoned else " at time zone 'UTC'"


# --- raw -------------------------------------------------------------------


def _raw_type(column: Column) -> str:
    """The copy's type: without a length, which the application may change."""
    return "text" if column.group in ("text", "enumeration") else column.base


def _raw_yml(name: str, plan: Plan) -> str:
    table = plan.table
    event = table.kind == "event"
    key = [_yaml_sql(column) for column in table.key]
    what = _words(plan.thing) + ("" if event else " and content it had")
    goes = (
        "It goes when its original has gone and staging holds it."
        if event
        else "It goes when its original has gone or changed."
    )
    says = _wrapped(
        f"One row per {what}, as {name} wrote it, in a partition per month of"
        f" extraction. {goes}"
    )
    text = f"""  - name: raw_{name}_{plan.thing}
    description: >
      {says}
    config:
      indexes:
"""
    if event:
        text += f"        - {{columns: [{', '.join(key)}]}}\n"
        text += f"        - {{columns: [{', '.join(['_clock', *key])}]}}\n"
    else:
        text += (
            f"        - {{columns: [{', '.join([*key, '_extracted_at'])}]}}\n"
        )
    if plan.key_is_hashed:
        text += "        - {columns: [_key]}\n"
    text += """      meta:
        retention:
          - keep: while_in_source
    data_tests:
      - accounts_balance
    columns:
"""
    for column in plan.captured:
        text += f"      - name: {_yaml(column.name)}\n"
        text += _quote(column.name, " " * 8)
        text += f"        data_type: {_raw_type(column)}\n"
        if column.name in table.key:
            unique = "unique, " if event and len(table.key) == 1 else ""
            text += f"        data_tests: [{unique}not_null]\n"
    if event:
        text += f"""      - name: _clock
        description: >
          What the row ages from (UTC): its own time, or a day after it was
          captured where that time is missing or lies in the future.
        data_type: timestamp with time zone
{_NOT_NULL}"""
    if plan.key_is_hashed:
        text += f"""      - name: _key
        description: Salted SHA-256 of the key, which staging has for it.
        data_type: text
{_NOT_NULL}"""
    return (
        text
        + f"""      - name: _extracted_at
        description: The build's as_of (UTC).
        data_type: timestamp with time zone
{_NOT_NULL}"""
    )


def _raw_sql(name: str, plan: Plan) -> str:
    table = plan.table
    left = [c.name for c in table.columns if c not in plan.captured]
    head = (
        f"{name}.{table.name} as the application wrote it. Columns by name: one"
        " that the application adds is not copied before somebody has said what"
        " it is."
    )
    if left:
        head += f" Left out: {', '.join(left)}."
    lines = []
    for column in plan.captured:
        own = f"originals.{quoted(column.name)}"
        if _raw_type(column) != column.base or column.type not in (
            column.base,
            _with_length(column),
        ):
            own += f"::{_raw_type(column)} as {_always_quoted(column.name)}"
        lines.append(own)
    if table.kind == "event" and table.clock:
        column = table.column(table.clock)
        clock = f"originals.{quoted(column.name)}{_zone(column)}"
        clock = clock.replace("'", "\\'")
        lines.append(f"{{{{ ages_from('{clock}') }}}} as _clock")
    if plan.key_is_hashed:
        texts = [
            f"originals.{quoted(column)}"
            + ("" if table.column(column).base == "text" else "::text")
            for column in table.key
        ]
        what = _pseudonym(plan, table.column(table.key[0]))[1]
        if len(texts) > 1:
            texts = [f"concat_ws('|', {', '.join(texts)})"]
            what = plan.thing
        lines.append(_fitted(f"{_call('hash_pii', *texts, what)} as _key", 4))
    lines.append("{{ as_of() }} as _extracted_at")
    key = ", ".join(f"'{column}'" for column in table.key)
    return f"""{_comment(head)}
{{{{ config(
    enabled=var('{name}_enabled'),
    unique_key=[{key}],
    partition_grain='month',
) }}}}

select
    {_list(lines)}
from {{{{ source('{name}', '{table.name}') }}}} as originals
"""


def _with_length(column: Column) -> str:
    """The type as written, where it is its base with a length."""
    bare = re.sub(r"\([\d, ]+\)", "", column.type)
    return column.type if bare == column.base else column.base


# --- staging ---------------------------------------------------------------


def _treated(plan: Plan) -> list[Treated]:
    """What stands in staging, key first."""
    table = plan.table
    keys = [table.column(name) for name in table.key]
    others = [c for c in plan.captured if c not in keys]
    treated: list[Treated] = []
    if plan.key_is_hashed:
        treated.append(
            Treated(
                plan.key[0],
                "text",
                "copies._key",
                f"Salted SHA-256 of {' and '.join(table.key)}.",
            )
        )
        # Of more than one column, each may say something by itself.
        others = (keys if len(keys) > 1 else []) + others
    else:
        for column in keys:
            treated.append(
                Treated(
                    _plain_name(plan, column),
                    _raw_type(column),
                    f"copies.{quoted(column.name)}",
                    f"The {column.name} that {table.schema} gave it.",
                )
            )
    for column in others:
        treated += _treat(plan, column)
    names = [one.name for one in treated]
    for one in treated:
        if names.count(one.name) > 1:
            raise SourceError(
                f"Two columns of {table.label} would be called {one.name} in"
                " staging: rename one, or write the files by hand."
            )
    return treated


def _treat(plan: Plan, column: Column) -> list[Treated]:
    """A column, treated by its kind."""
    name = snake(column.name)
    own = f"copies.{quoted(column.name)}"
    text = own if _raw_type(column) == "text" else f"{own}::text"
    if column.group == "ip":
        text = f"host({own})"

    if column.kind in ("email", "phone"):
        return [
            Treated(
                f"{name}_hash",
                "text",
                _call("hash_pii", text, column.kind),
                f"Salted SHA-256 of {column.name}; joins within the warehouse.",
            )
        ]
    if column.kind == "ip":
        stem = re.sub(r"_?addr(ess)?$", "", name) or "ip"
        return [
            Treated(
                f"{stem}_hash",
                "text",
                _call("hash_pii", text, "ip"),
                "Salted SHA-256 of the address, for distinct counts.",
            ),
            Treated(
                f"{stem}_network",
                "cidr",
                _call("ip_network", text),
                "/24 (IPv4) or /48 (IPv6) of the address.",
            ),
        ]
    if column.kind == "user_agent":
        stem = "user_agent" if name == "ua" else name
        return [
            Treated(
                f"{stem}_family",
                "text",
                _call("user_agent_family", text),
                "Browser family, Bot, Script or Other.",
            )
        ]
    if column.kind == "url":
        return [
            Treated(
                _plain_name(plan, column),
                "text",
                _call("url_without_person", text),
                "The URL without user info, query and fragment.",
            )
        ]
    if column.kind == "id":
        named, what = _pseudonym(plan, column)
        return [
            Treated(
                named,
                "text",
                _call("hash_pii", text, what),
                f"Salted SHA-256 of {column.name}; joins within the warehouse.",
            )
        ]
    if column.base == "timestamp without time zone":
        return [
            Treated(
                _plain_name(plan, column),
                "timestamp with time zone",
                f"{own} at time zone 'UTC'",
                "UTC.",
            )
        ]
    return [Treated(_plain_name(plan, column), _raw_type(column), own)]


def _pseudonym(plan: Plan, column: Column) -> tuple[str, str]:
    """What an id is called in staging, and whose it is."""
    name = snake(column.name)
    stem = re.sub(r"_(id|key|uuid|ref|number|no)$", "", name)
    is_name = stem != name
    if name in ("id", "uuid"):
        stem, is_name = plan.thing, True
    # What can be guessed makes no key that may reach a mart.
    ending = "key" if is_name and column.group != "number" else "hash"
    return f"{stem}_{ending}", _person(plan.table, column) or stem


def _call(macro: str, *arguments: str) -> str:
    """A call of a macro with texts."""
    given = ", ".join(
        "'" + argument.replace("'", "\\'") + "'" for argument in arguments
    )
    return f"{{{{ {macro}({given}) }}}}"


def _person(table: Table, column: Column) -> str | None:
    """Whose id it is, like `user`: the same for every table it stands in."""
    for key in table.refers:
        if key.columns == [column.name]:
            return snake(singular(key.table.partition(".")[2]))
    if column.name in table.key and snake(column.name) in ("id", "uuid"):
        return snake(singular(table.name))
    return None


def _plain_name(plan: Plan, column: Column) -> str:
    """A column's name in staging, where its value stays."""
    name = snake(column.name)
    if name in ("id", "uuid") and column.name in plan.table.key:
        return f"{plan.thing}_id"
    if column.group == "boolean":
        return name if re.match(r"(is|has)_", name) else f"is_{name}"
    if column.group == "time":
        if name in ("timestamp", "time", "ts", "at", "date", "datetime"):
            return "occurred_at"
        return name if name.endswith("_at") else f"{name}_at"
    if column.group == "date":
        return name.removesuffix("_on").removesuffix("_date") + "_date"
    # A single word may be one of SQL's own; `visit_type` is clear, too.
    return name if "_" in name else f"{plan.thing}_{name}"


def _issues(plan: Plan, treated: list[Treated]) -> list[tuple[str, str]]:
    """What may be wrong with a row: a condition, and what to call it."""
    names = {one.name for one in treated}
    issues = []
    for one in treated:
        stem = one.name.removesuffix("_hash")
        # An address of type inet is one.
        if f"{stem}_network" in names and "host(" not in one.query:
            issues.append(
                (
                    f"treated.{one.name} is not null\n{' ' * 20}"
                    f"and treated.{stem}_network is null",
                    f"{stem} is no address",
                )
            )
    if plan.table.kind == "event" and plan.table.clock:
        column = plan.table.column(plan.table.clock)
        clock = _plain_name(plan, column)
        if column.nullable:
            issues.append((f"treated.{clock} is null", f"{clock} is missing"))
        issues.append(
            (f"treated.{clock} > treated._clock", f"{clock} was in the future")
        )
    return issues


def _staging_sql(name: str, plan: Plan) -> str:
    event = plan.table.kind == "event"
    treated = _treated(plan)
    key = ", ".join(f"'{column}'" for column in plan.key)
    own = ["_clock"] if event else ["_version_at", "_gone_at"]
    lines = [
        one.query
        if one.query == f"copies.{one.name}"
        else _fitted(f"{one.query} as {one.name}")
        for one in treated
    ]
    lines += (
        ["copies._clock"]
        if event
        else [
            "copies._extracted_at as _version_at",
            "null::timestamptz as _gone_at",
        ]
    )
    lines.append("{{ as_of() }} as _loaded_at")
    issues = _issues(plan, treated)
    said = ",\n".join(
        f"            case\n                when\n{' ' * 20}{condition}"
        f"\n{' ' * 20}then '{text}'\n            end"
        for condition, text in issues
    )
    validated = (
        f"nullif(concat_ws(\n            '; ',\n{said}\n        ), '')"
        if issues
        else "null::text"
    )
    columns = [one.name for one in treated] + ["_issues", *own, "_loaded_at"]
    head = (
        f"{name}.{plan.table.name} without the people: every identifier is a"
        " salted hash here, and beside it stands only what analysis needs."
    )
    config = f"enabled=var('{name}_enabled'), unique_key=[{key}]"
    if not event:
        config = f"materialized='latest_version', {config}"
    config = f"{{{{ config({config}) }}}}"
    if len(config) > _WIDTH:
        inside = config[len("{{ config(") : -len(") }}")]
        parts = re.split(r", (?=\w+=)", inside)
        config = "{{ config(\n    " + ",\n    ".join(parts) + ",\n) }}"
    return f"""{_comment(head)}
{config}

with copies as (
    select * from {{{{ ref('raw_{name}_{plan.thing}') }}}}
),

treated as (
    select
        {_list(lines, 8)}
    from copies
    -- A fence: without it, what `validated` names twice is worked out twice.
    offset 0  -- noqa: AM09
),

validated as (
    select
        treated.*,
        {validated} as _issues
    from treated
)

select
    {_list([f"validated.{column}" for column in columns])}
from validated
"""


def _staging_yml(name: str, plan: Plan) -> str:
    table = plan.table
    event = table.kind == "event"
    keys = plan.key
    text = f"  - name: stg_{name}_{plan.thing}\n    description: >\n"
    text += "      " + _wrapped(
        f"One row per {_words(plan.thing)}, without the person. "
        + (
            "It goes with its original, once its numbers are sealed."
            if event
            else "It goes the night after its original."
        )
    )
    text += "\n"
    text += "    config:\n"
    if not event:
        text += "      indexes:\n"
        text += f"        - {{columns: [{', '.join(['_gone_at', *keys])}]}}\n"
    else:
        clock = _plain_name(plan, table.column(table.clock or ""))
        text += f"""      indexes:
        - {{columns: [{", ".join(["_clock", *keys])}]}}
        # The bucket of the daily count, for builds of a few days.
        - {{columns: ["(({_bucket(plan, clock)} at time zone 'UTC')::date)"]}}
"""
    text += "      meta:\n        retention:\n"
    if event:
        text += f"""          - keep: {KEEP}
            since: _clock
            because: As its original in {name}.{table.name}.
"""
    else:
        text += """          - keep: 1 day
            since: _gone_at
            held_by: nothing
            because: A copy goes with its original (law 3); no mart keeps it.
"""
    if len(keys) > 1:
        text += f"""    constraints:
      - type: primary_key
        columns: [{", ".join(keys)}]
        warn_unsupported: false
"""
    text += "    data_tests:\n      - accounts_balance\n    columns:\n"
    for one in _treated(plan):
        text += f"      - name: {one.name}\n"
        if one.says:
            text += f"        description: {one.says}\n"
        text += f"        data_type: {one.type}\n"
        if [one.name] == keys:
            text += """        constraints:
          - {type: primary_key, warn_unsupported: false}
"""
        if one.name in keys:
            text += "        data_tests: [not_null]\n"
    text += """      - name: _issues
        description: >
          What could not be read, or NULL; the row counts all the same.
        data_type: text
"""
    if event:
        text += f"""      - name: _clock
        description: What the row ages from (UTC); see raw_{name}_{plan.thing}.
        data_type: timestamp with time zone
{_NOT_NULL}"""
    else:
        text += f"""      - name: _version_at
        description: When the version that stands here was captured (UTC).
        data_type: timestamp with time zone
{_NOT_NULL}      - name: _gone_at
        description: When the original was seen to be gone (UTC), or NULL.
        data_type: timestamp with time zone
"""
    return (
        text
        + f"""      - name: _loaded_at
        description: The as_of of the build that staged it (UTC).
        data_type: timestamp with time zone
{_NOT_NULL}"""
    )


# --- the daily count -------------------------------------------------------


def _bucket(plan: Plan, clock: str) -> str:
    """What a row is counted by: never NULL."""
    nullable = plan.table.column(plan.table.clock or "").nullable
    return "_clock" if nullable else clock


def _rollup_sql(name: str, plan: Plan) -> str:
    clock = _plain_name(plan, plan.table.column(plan.table.clock or ""))
    day = re.sub(r"_at$", "_date", clock)
    head = (
        "How many a day: what stays once the rows have gone. Whatever else"
        " shall stay must be in here before the first night; once rows are"
        " sealed, the grain and the measures are frozen."
    )
    return f"""{_comment(head)}
{{{{ config(enabled=var('{name}_enabled')) }}}}

with counted as (
    select * from {{{{ ref('stg_{name}_{plan.thing}') }}}}
)

select
    (counted.{_bucket(plan, clock)} at time zone 'UTC')::date as {day},
    count(*) as {plan.thing}_count,
    count(*) as _rows
from counted
group by 1
"""


def _rollup_yml(name: str, plan: Plan) -> str:
    clock = _plain_name(plan, plan.table.column(plan.table.clock or ""))
    day = re.sub(r"_at$", "_date", clock)
    says = _wrapped(
        f"One row per UTC day on which there was a {_words(plan.thing)}. Counts"
        " outlive the rows they count."
    )
    return f"""  - name: marts_{name}_{plan.thing}_daily
    description: >
      {says}
    config:
      materialized: rollup
      meta:
        rollup:
          bucket: {day}
          grain: [{day}]
          measures: {{{plan.thing}_count: sum}}
        retention:
          - keep: forever
            because: Counts say nothing of a person.
    constraints:
      - type: primary_key
        columns: [{day}]
        warn_unsupported: false
    data_tests:
      - conserves_rows
    columns:
      - name: {day}
        description: The day, in UTC.
        data_type: date
{_NOT_NULL}      - name: {plan.thing}_count
        description: Number of rows of {name}.{plan.table.name}.
        data_type: bigint
{_NOT_NULL}        data_tests: [not_null]
      - name: _rows
        description: Number of rows, alive and sealed together.
        data_type: bigint
{_NOT_NULL}"""


# --- the vars, and what is left to a person --------------------------------


def _with_vars(text: str, name: str, schema: str) -> str:
    """dbt_project.yml with the source's two vars, all else as it was."""
    if re.search(rf"^  {name}_(enabled|schema):", text, re.MULTILINE):
        raise SourceError(
            f"dbt_project.yml has vars of {name} already: nothing was written."
        )
    lines = list(re.finditer(r"^  \w+_schema: .*\n", text, re.MULTILINE))
    place = re.search(r"^vars:\n", text, re.MULTILINE)
    after = lines[-1] if lines else place
    if after is None:
        raise SourceError("dbt_project.yml has no `vars:` to add to.")
    added = f"  {name}_enabled: true\n  {name}_schema: {_yaml(schema)}\n"
    return text[: after.end()] + added + text[after.end() :]


def _with_marts(text: str, name: str, marts: list[str]) -> str:
    """The mart that counts all others, to be built after these, too."""
    added = f"{{% if var('{name}_enabled') %}}\n"
    added += "".join(
        f"-- depends_on: {{{{ ref('{mart}') }}}}\n" for mart in marts
    )
    head, found, rest = text.rpartition("{% endif %}\n\nwith ")
    if not found:
        return text
    return f"{head}{{% endif %}}\n{added}{{% endif %}}\n\nwith {rest}"


def _say_what_is_next(
    name: str,
    files: dict[str, str],
    plans: list[Plan],
    skipped: list[str],
    say: Callable[[str], None],
) -> None:
    say(f"Wrote {len(files)} files, and two vars into dbt_project.yml:")
    for path in files:
        say(f"  {path}")
    for sentence in skipped:
        say(f"Left out: {sentence}")
    for plan in plans:
        left = [
            f"{column.name} ({column.kind or column.why})"
            for column in plan.table.columns
            if plan.captured and column not in plan.captured
        ]
        if left:
            say(f"Not captured of {plan.table.name}: {', '.join(left)}.")
        if not plan.captured:
            say(f"Not captured: {plan.table.name}; nobody needs what expires.")
    say(f"Now a person must fill in models/raw/{name}/_{name}__sources.yml:")
    for plan in plans:
        say(f"  {plan.table.name}: how long, and because of what")
        unclear = [c.name for c in plan.captured if c.kind is None]
        if unclear:
            say(f"  {plan.table.name}: what {', '.join(unclear)} may tell")
        if plan.captured and plan.table.may_change:
            say(
                f"  {plan.table.name}: does {', '.join(plan.table.may_change)}"
                " change after a row is written? Then take these files back,"
                f" and write them with --entity {plan.table.name}"
            )
    say("and read the other kinds, which are guesses. Then:")


# --- text ------------------------------------------------------------------


def _words(thing: str) -> str:
    return thing.replace("_", " ")


def _always_quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(lines: Sequence[str], indent: int = 4) -> str:
    """Columns of a SELECT, one a line."""
    listed = []
    for place, line in enumerate(lines):
        comma = "" if place == len(lines) - 1 else ","
        # A name with a space or the like in it is the application's affair.
        odd = re.search(r'"[^"]*[^\w"][^"]*"', line)
        listed.append(line + comma + ("  -- noqa: RF05" if odd else ""))
    return ("\n" + " " * indent).join(listed)


def _fitted(line: str, indent: int = 8) -> str:
    """A macro's call, over several lines where it is too long for one."""
    found = re.fullmatch(r"\{\{ (\w+)\((.*)\) \}\} as (\w+)", line)
    if found is None or len(line) + indent < _WIDTH:
        return line
    inner = " " * (indent + 4)
    return (
        f"{{{{ {found[1]}(\n{inner}{found[2]}\n{' ' * indent})"
        f" }}}} as {found[3]}"
    )


def _wrapped(text: str) -> str:
    """A description as a block of YAML has it."""
    return "\n      ".join(textwrap.wrap(text, _WIDTH - 6))


def _comment(text: str) -> str:
    """A Jinja comment of at most 80 columns."""
    lines = textwrap.wrap(text, _WIDTH - 6)
    return "{# " + "\n   ".join(lines) + " #}"


def _quote(name: str, indent: str) -> str:
    return "" if quoted(name) == name else f"{indent}quote: true\n"


def _yaml_sql(name: str) -> str:
    """A name as SQL, as an item of a YAML list."""
    return name if quoted(name) == name else f"'{quoted(name)}'"


def _yaml(text: str) -> str:
    """A name as YAML takes it."""
    if re.fullmatch(
        r"(?!(?:null|true|false|yes|no|on|off|y|n)$)[A-Za-z_][A-Za-z0-9_]*",
        text,
        re.IGNORECASE,
    ):
        return text
    return json.dumps(text, ensure_ascii=False)


def _yaml_type(text: str) -> str:
    return text if re.fullmatch(r"\w[\w (),.]*", text) else json.dumps(text)
