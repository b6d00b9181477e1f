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
