"""The shape that the project promises (design §9), read from the manifest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parent.parent.parent
LAYERS = ["raw", "staging", "marts"]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """The project as dbt reads it; needs no server."""
    paths = tmp_path_factory.mktemp("parse")
    result = dbtRunner().invoke(
        [
            "--quiet",
            "parse",
            "--project-dir",
            str(PROJECT),
            "--profiles-dir",
            str(PROJECT),
            "--target-path",
            str(paths / "target"),
            "--log-path",
            str(paths / "logs"),
        ]
    )
    assert result.success, result.exception
    return result.result


def models(manifest):
    return [
        node
        for node in manifest.nodes.values()
        if node.resource_type == "model"
    ]


def ours(manifest):
    return [
        macro
        for macro in manifest.macros.values()
        if macro.package_name == "warehouse"
    ]


def test_only_raw_reads_sources_and_refs_run_from_layer_to_layer(manifest):
    wrong = []
    for model in models(manifest):
        layer = model.fqn[1]
        for parent in model.depends_on.nodes:
            above = (
                "source"
                if parent.startswith("source.")
                else manifest.nodes[parent].fqn[1]
            )
            allowed = {
                "raw": ["source"],
                "staging": ["raw"],
                "marts": ["staging", "marts"],
            }[layer]
            if above not in allowed:
                wrong.append((model.name, parent))
    assert wrong == []


def test_names_say_layer_and_source_or_domain(manifest):
    prefixes = {"raw": "raw", "staging": "stg", "marts": "marts"}
    wrong = [
        model.name
        for model in models(manifest)
        if not model.name.startswith(
            f"{prefixes[model.fqn[1]]}_{model.fqn[2]}_"
        )
    ]
    assert wrong == []


def test_every_model_says_what_a_row_is(manifest):
    wrong = [
        model.name
        for model in models(manifest)
        if not model.description.startswith("One row per ")
    ]
    assert wrong == []


def test_every_mart_has_a_contract_a_key_and_described_columns(manifest):
    wrong = []
    for model in models(manifest):
        if model.fqn[1] != "marts":
            continue
        has_key = any(
            constraint.type == "primary_key" for constraint in model.constraints
        )
        if not (model.config.contract.enforced and has_key):
            wrong.append(model.name)
        wrong += [
            f"{model.name}.{column.name}"
            for column in model.columns.values()
            if not column.description
        ]
    assert wrong == []


def bears_no_name_of_its_kind(layer: str, name: str, data_type: str) -> bool:
    """Whether a column's name does not say what kind of thing it is."""
    # A row ages from `_clock`; an endpoint hands out `hour` (A1).
    if data_type.startswith("timestamp") and name not in ("_clock", "hour"):
        return not name.endswith("_at")
    if data_type == "date":
        # Or the first day of a longer time, which the name says.
        return not name.endswith(("_date", "_week", "_month", "_start"))
    if data_type == "boolean":
        return not name.startswith(("is_", "has_"))
    if name == "id" or name != name.lower():
        return True
    # A hash of what can be guessed is as secret as the salt.
    return layer == "marts" and name.endswith("_hash")


def test_a_column_is_named_for_its_kind(manifest):
    """Design §9: `_at`, `_date`, `is_`, `has_`, `_id`; no `_hash` in marts."""
    wrong = [
        f"{model.name}.{column.name} ({column.data_type})"
        for model in models(manifest)
        if model.fqn[1] in ("staging", "marts")
        for column in model.columns.values()
        if bears_no_name_of_its_kind(
            model.fqn[1], column.name, column.data_type
        )
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("layer", "name", "data_type", "is_wrong"),
    [
        ("marts", "created_at", "timestamp with time zone", False),
        ("marts", "created", "timestamp with time zone", True),
        ("staging", "_clock", "timestamp with time zone", False),
        ("marts", "tap_date", "date", False),
        ("marts", "tapped_on", "date", True),
        ("marts", "is_there", "boolean", False),
        ("marts", "there", "boolean", True),
        ("staging", "event_id", "text", False),
        ("staging", "id", "text", True),
        ("staging", "eventId", "text", True),
        ("staging", "ip_hash", "text", False),
        ("marts", "ip_hash", "text", True),
        ("marts", "user_key", "text", False),
    ],
)
def test_the_rule_for_names_tells_good_from_bad(
    layer, name, data_type, is_wrong
):
    assert bears_no_name_of_its_kind(layer, name, data_type) is is_wrong


def test_what_is_hashed_is_called_a_hash_or_a_key(manifest):
    wrong = []
    for model in models(manifest):
        for name in re.findall(
            r"\{\{-?\s*hash_pii\([^}]*\)\s*-?\}\}\s+as\s+(\w+)",
            model.raw_code,
        ):
            if not name.endswith(("_hash", "_key")):
                wrong.append(f"{model.name}.{name}")
    assert wrong == []


def test_no_column_is_called_a_hash_that_is_none(manifest):
    """Nor does a treated column bear the name of what it was made from."""
    wrong = []
    for model in models(manifest):
        if model.fqn[1] != "staging":
            continue
        for name in model.columns:
            made = re.search(
                rf"hash_pii\([^}}]*\)\s*-?\}}\}}\s+as\s+{name}\b",
                model.raw_code,
            )
            if name.endswith("_hash") and not made:
                wrong.append(f"{model.name}.{name}")
    assert wrong == []


def test_every_stream_of_events_is_watched_or_says_why_not(manifest):
    """P12: a source that moves has a freshness; error after 24 hours."""
    wrong = []
    for source in manifest.sources.values():
        meta = source.config.meta
        if (meta.get("capture") or {}).get("kind") != "event":
            continue
        limit = source.freshness and source.freshness.error_after
        hours = {"minute": 1 / 60, "hour": 1, "day": 24}
        fresh = bool(
            limit and limit.count and limit.count * hours[limit.period] <= 24
        )
        if not fresh and not meta.get("no_freshness"):
            wrong.append(f"{source.source_name}.{source.name}")
    assert wrong == []


def test_the_marts_of_operations_come_after_what_they_count(manifest):
    """They find the other tables without a ref, so they say it themselves."""
    counts = manifest.nodes[
        "model.warehouse.marts_operations_data_freshness"
    ].depends_on.nodes
    missing = [
        model.name
        for model in models(manifest)
        if model.fqn[1] == "marts"
        and any(
            manifest.nodes[parent].fqn[1] == "staging"
            for parent in model.depends_on.nodes
        )
        and model.unique_id not in counts
    ]
    assert missing == [], "add them to marts_operations_data_freshness.sql"


def test_a_macro_is_in_the_file_of_its_name_and_documented(manifest):
    wrong = []
    for macro in ours(manifest):
        path = Path(macro.original_file_path)
        name = re.sub(
            r"^(materialization_(.*)_postgres|test_(.*))$",
            r"\2\3",
            macro.name,
        )
        if path.stem != name:
            wrong.append(f"{macro.name} is in {path}")
        if not path.is_relative_to("macros") or name != macro.name:
            continue
        if not macro.description:
            wrong.append(f"{macro.name} has no description")
        signature = re.search(
            r"macro\s+\w+\((.*?)\)\s*-?%\}", macro.macro_sql, re.DOTALL
        )
        assert signature
        arguments = re.findall(r"(\w+)(?:=[^,]+)?(?:,|$)", signature[1])
        documented = [argument.name for argument in macro.arguments]
        if arguments != documented:
            wrong.append(f"{macro.name}: {arguments} but {documented}")
        wrong += [
            f"{macro.name}: {argument.name} says nothing"
            for argument in macro.arguments
            if not (argument.description and argument.type)
        ]
    assert wrong == []


def test_no_application_is_named_outside_its_own_files():
    """A second source is only a few files: the engine knows none by name."""
    wrong = []
    for folder in ("macros", "flows"):
        for file in sorted((PROJECT / folder).rglob("*.*")):
            if file.suffix not in (".sql", ".py", ".yml"):
                continue
            if file.is_relative_to(PROJECT / "macros" / "sources"):
                continue
            code = re.sub(r"[Ll]ike hub\.TapLog", "", file.read_text())
            if re.search(r"hub|tap_?log|TapLog", code):
                wrong.append(str(file.relative_to(PROJECT)))
    assert wrong == ["flows/demo.py"], "the demo alone shows one stream by name"


def test_sql_stays_within_what_more_than_one_machine_can_do():
    """Design §8: no MERGE, no ctid, no bare now(), no session settings."""
    wrong = []
    for file in sorted((PROJECT / "models").rglob("*.sql")):
        for word in (
            r"\bmerge\b",
            r"\bctid\b",
            r"\bnow\(\)",
            r"\bcurrent_(timestamp|date|setting)\b",
            r"\bset\s+(local|session)\b",
        ):
            if re.search(word, file.read_text(), re.IGNORECASE):
                wrong.append(f"{file.name}: {word}")
    assert wrong == []
