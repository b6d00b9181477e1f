"""One small application with a table for each form of rule.

The engine's macros over models of their own: a build takes a fraction of what
the shipped models take, and a new form of rule is one more line in FORMS. All
tables look alike: an id, a clock `at`, a kind, a value.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent
BECAUSE = {"because": "A test."}
MOMENT = "timestamp with time zone"
# What a parsed project is kept under, besides the connection (run_dbt).
VARIABLES = json.dumps({"demo_scale": 0.5})


@dataclass(frozen=True)
class Form:
    """A table whose rule has this form.

    Attributes:
        table: its name at the source; what is made of it is named after it.
        kind: event, entity, or None where it is not captured.
        rules: its rules; what every rule has is added.
        copies: the rules of its raw copy.
        more: columns that only the source and raw have, and their types.
        staged: further rules of staging, which then has these columns, too.
        numbers: how long its rollup is kept.
        is_indexed: whether raw has an index on an entity's clock.
    """

    table: str
    kind: str | None
    rules: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    copies: list[dict[str, Any]] = field(
        default_factory=lambda: [{"keep": "while_in_source"}]
    )
    more: dict[str, str] = field(default_factory=dict)
    staged: list[dict[str, Any]] = field(default_factory=list)
    numbers: str = "forever"
    is_indexed: bool = False

    @property
    def staged_columns(self) -> dict[str, str]:
        """Of the application's columns those that staging has."""
        return COLUMNS | (self.more if self.staged else {})

    @property
    def source(self) -> str:
        """The table that the application writes."""
        return f"app.{self.table}"

    @property
    def raw(self) -> str:
        """Its copy."""
        return f"raw.raw_app_{self.table}"

    @property
    def staging(self) -> str:
        """What is made of the copy."""
        return f"staging.stg_app_{self.table}"

    @property
    def mart(self) -> str:
        """What stays: numbers of events, the last version of entities."""
        return f"marts.marts_app_{self.table}"

    @property
    def sealed(self) -> str:
        """Numbers whose rows have been let go of."""
        return f"sealed.marts_app_{self.table}"

    def relation(self, layer: str) -> str:
        """The table of a layer."""
        return str(getattr(self, layer))

    @property
    def changes(self) -> list[str]:
        """The layers in which a rule changes rows, instead of deleting them."""
        return [
            layer
            for layer, rules in (("source", self.rules), ("raw", self.copies))
            if any(rule.get("then", "delete") != "delete" for rule in rules)
        ]

    @property
    def layers(self) -> list[str]:
        """The layers in which a rule of it lets go of rows, in their order."""
        if self.kind is None:
            return ["source"]
        ends = [] if self.numbers == "forever" else ["sealed"]
        return ["source", "raw", "staging", *ends]


DONE = [
    {"where": "kind = 'done'"},
    {"keep": "forever", "where": "kind <> 'done'", "review": "2099-01-01"},
]
EMPTY: dict[str, Any] = {
    "keep": "30 days",
    "since": "at",
    "then": {"redact": ["secret"]},
}
CLOSE = {
    "keep": "30 days",
    "then": "soft_delete",
    "warn": {"column": "warned_at", "ahead": "30 days"},
}
# Where a rule changes rows it is the second: the first deletes.
FORMS = [
    Form("entity", "entity", is_indexed=True),
    Form(
        "entity_redact",
        "entity",
        [{}, EMPTY],
        [{"keep": "while_in_source"}, EMPTY | BECAUSE],
        {"secret": "text"},
    ),
    Form(
        "entity_set",
        "entity",
        [
            {},
            {
                "keep": "30 days",
                "then": {"set": {"kind": "closed"}},
                "where": "kind = 'open'",
            },
        ],
    ),
    Form(
        "entity_soft_delete",
        "entity",
        [{"keep": "30 days", "since": "deleted_at"}, CLOSE],
        more={"deleted_at": MOMENT, "warned_at": MOMENT},
    ),
    Form("entity_where", "entity", DONE),
    Form("event", "event"),
    Form("event_spare", "event", [{"spare": {"latest": 1, "per": ["kind"]}}]),
    Form("event_where", "event", DONE),
    Form("event_while", "event", numbers="90 days"),
    Form("token", None, [{"keep": "1 hour", "held_by": "nothing"}]),
    # With a row go those of the next table that name it.
    Form(
        "whole", "entity", [{"children": [{"table": "part", "key": "whole"}]}]
    ),
    Form("part", "event", DONE, more={"whole": "text"}),
]
BY_NAME = {form.table: form for form in FORMS}

COLUMNS = {"id": "text", "kind": "text", "value": "integer", "at": MOMENT}


def create_tables() -> str:
    """The application's tables, as SQL."""
    tables = "\n".join(
        f"""
        create table {form.source} (
            id text primary key,
            kind text not null,
            value integer not null,
            at timestamptz
            {"".join(f", {name} {kind}" for name, kind in form.more.items())}
        );
        create index on {form.source} (at, id);
        """
        for form in FORMS
    )
    return f"""
        create schema app;
        {tables}
        alter table app.part add foreign key (whole)
        references app.whole (id) on delete cascade;
        create index on app.part (whole);
    """


def write_project(
    folder: Path, forms: list[Form] = FORMS, grain: str = "month"
) -> Path:
    """Writes a dbt project of these forms: the engine's macros, own models.

    Args:
        folder: where.
        forms: the application's tables.
        grain: what a partition of a raw table spans, `month` or `year`.
    """
    for name in ("macros", "tests/dbt"):
        shutil.copytree(PROJECT / name, folder / name, dirs_exist_ok=True)
    # What is about one application.
    for name in ("sources", "marts"):
        shutil.rmtree(folder / "macros" / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder / name)
    captured = [form for form in forms if form.kind]
    for layer, ending in (("raw", "sources"), ("staging", ""), ("marts", "")):
        models = folder / "models" / layer / "app"
        models.mkdir(parents=True, exist_ok=True)
        described: dict[str, Any] = {"version": 2}
        if ending:
            described["sources"] = [
                {
                    "name": "app",
                    "schema": "app",
                    "tables": [_source(form) for form in forms],
                }
            ]
        described["models"] = [
            {"raw": _raw, "staging": _staging, "marts": _mart}[layer](form)
            for form in captured
        ]
        (models / "_app.yml").write_text(
            yaml.safe_dump(described, sort_keys=False)
        )
        for form in captured:
            name = form.relation({"marts": "mart"}.get(layer, layer))
            (models / f"{name.split('.')[1]}.sql").write_text(
                _select(form, layer, grain)
            )
    return folder


def _columns(columns: dict[str, str], **config: Any) -> list[dict[str, Any]]:
    return [
        {"name": name, "description": "A test's.", "data_type": kind} | config
        for name, kind in columns.items()
    ]


def _key(*columns: str) -> dict[str, Any]:
    return {
        "constraints": [
            {
                "type": "primary_key",
                "columns": list(columns),
                "warn_unsupported": False,
            }
        ]
    }


def _source(form: Form) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "retention": [
            (
                {"keep": "90 days", "since": "at", "then": "delete"}
                | ({"held_by": "raw"} if form.kind else {})
                if rule.get("keep") != "forever"
                else {}
            )
            | rule
            | BECAUSE
            for rule in form.rules
        ]
    }
    if form.kind:
        meta["capture"] = {"kind": form.kind, "key": ["id"]}
    if form.kind == "event":
        meta["capture"]["clock"] = "at"
    return {
        "name": form.table,
        "description": "One row per thing.",
        "config": {"meta": meta},
        "columns": _columns(
            COLUMNS | form.more, config={"meta": {"pii": "none"}}
        ),
    }


def _raw(form: Form) -> dict[str, Any]:
    own = {"_extracted_at": MOMENT}
    indexes = [{"columns": ["id", "_extracted_at"]}]
    if form.kind == "event":
        own = {"_clock": MOMENT} | own
        indexes = [{"columns": ["id"]}, {"columns": ["_clock", "id"]}]
    elif form.is_indexed:
        indexes.append({"columns": ["at", "id"]})
    return {
        "name": f"raw_app_{form.table}",
        "description": "One row per thing, or version of it.",
        "config": {
            "indexes": indexes,
            "meta": {"retention": form.copies},
        },
        "data_tests": ["accounts_balance"],
        "columns": _columns(COLUMNS | form.more | own),
    }


def _staging(form: Form) -> dict[str, Any]:
    event = form.kind == "event"
    own = (
        {"_clock": MOMENT}
        if event
        else {"_version_at": MOMENT, "_gone_at": MOMENT}
    )
    clock = "_clock" if event else "_gone_at"
    return {
        "name": f"stg_app_{form.table}",
        "description": "One row per thing.",
        "config": {
            "indexes": [{"columns": [clock, "id"]}],
            "meta": {
                "retention": [
                    rule | BECAUSE
                    for rule in [
                        {"keep": "90 days" if event else "1 day"}
                        | {"since": clock},
                        *form.staged,
                    ]
                ]
            },
        },
        "data_tests": ["accounts_balance"],
        "columns": _columns(form.staged_columns | {"_issues": "text"} | own)
        + _columns({"_loaded_at": MOMENT}),
    } | _key("id")


def _mart(form: Form) -> dict[str, Any]:
    name = {
        "name": f"marts_app_{form.table}",
        "description": "One row per day and kind, or per thing.",
    }
    if form.kind == "entity":
        return (
            name
            | {
                "config": {
                    "meta": {
                        "retention": [
                            {"keep": "5 years", "since": "_gone_at"} | BECAUSE
                        ]
                    }
                },
                "data_tests": ["accounts_balance"],
                "columns": _columns(
                    COLUMNS
                    | {
                        "_version_at": MOMENT,
                        "_gone_at": MOMENT,
                        "_loaded_at": MOMENT,
                    }
                ),
            }
            | _key("id")
        )
    return (
        name
        | {
            "config": {
                "materialized": "rollup",
                "meta": {
                    "rollup": {
                        "bucket": "day",
                        "grain": ["day", "kind"],
                        "measures": {"total": "sum", "highest": "max"},
                    },
                    "retention": [
                        {"keep": form.numbers}
                        | (
                            {}
                            if form.numbers == "forever"
                            else {"since": "day"}
                        )
                        | BECAUSE
                    ],
                },
            },
            "data_tests": ["conserves_rows"],
            "columns": _columns(
                {
                    "day": "date",
                    "kind": "text",
                    "total": "bigint",
                    "highest": "integer",
                    "_rows": "bigint",
                },
                constraints=[{"type": "not_null", "warn_unsupported": False}],
            ),
        }
        | _key("day", "kind")
    )


def _select(form: Form, layer: str, grain: str) -> str:
    event = form.kind == "event"
    if layer == "raw":
        config = f"unique_key=['id'], partition_grain='{grain}'"
        clock = "{{ ages_from('rows_.at') }} as _clock,\n    " if event else ""
        columns = ", ".join(f'rows_."{name}"' for name in COLUMNS | form.more)
        return (
            f"{{{{ config({config}) }}}}\nselect\n    {columns},\n    {clock}"
            "{{ as_of() }} as _extracted_at\n"
            f"from {{{{ source('app', '{form.table}') }}}} as rows_\n"
        )
    columns = ", ".join(
        f"rows_.{name}"
        for name in (form.staged_columns if layer == "staging" else COLUMNS)
    )
    how = "" if event else "materialized='latest_version', "
    if layer == "staging":
        own = (
            "rows_._clock"
            if event
            else "rows_._extracted_at as _version_at, "
            "null::timestamptz as _gone_at"
        )
        return (
            f"{{{{ config({how}unique_key=['id']) }}}}\n"
            f"with rows_ as (\n    select * from {{{{ ref('raw_app_{form.table}"
            f"') }}}}\n)\n\nselect {columns}, null::text as _issues, {own},\n"
            "    {{ as_of() }} as _loaded_at\nfrom rows_\n"
        )
    reads = (
        "with rows_ as (\n"
        f"    select * from {{{{ ref('stg_app_{form.table}') }}}}\n)\n\n"
    )
    if not event:
        return (
            f"{{{{ config({how}unique_key=['id']) }}}}\n{reads}"
            f"select {columns}, rows_._version_at, rows_._gone_at,\n"
            "    {{ as_of() }} as _loaded_at\nfrom rows_\n"
        )
    return (
        f"{reads}select\n    (rows_._clock at time zone 'UTC')::date as day,\n"
        "    rows_.kind,\n    sum(rows_.value)::bigint as total,\n"
        "    max(rows_.value) as highest,\n    count(*) as _rows\n"
        "from rows_\ngroup by 1, 2\n"
    )
