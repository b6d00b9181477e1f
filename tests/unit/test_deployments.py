"""prefect.yaml: every rule has its hour, and each deployment can be run."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parent.parent.parent
CADENCES = ("day", "week", "month")
FLOWS = ("build_and_retain", "retain")


def deployments() -> list[dict[str, Any]]:
    found = yaml.safe_load((PROJECT / "prefect.yaml").read_text())
    return found["deployments"]


def retaining() -> list[dict[str, Any]]:
    """Those that let go of rows by themselves, at an hour."""
    return [
        each
        for each in deployments()
        if each["entrypoint"].endswith(tuple(f":{flow}" for flow in FLOWS))
        and each.get("schedules")
    ]


def rules() -> list[tuple[str, str]]:
    """Table (of a source) or model, and the cadence of each of its rules."""
    found = []
    for file in sorted((PROJECT / "models").rglob("*.yml")):
        declared = yaml.safe_load(file.read_text())
        tables = [
            (f"{source['name']}.{table['name']}", table)
            for source in declared.get("sources", [])
            for table in source["tables"]
        ] + [(model["name"], model) for model in declared.get("models", [])]
        for name, table in tables:
            meta = table.get("config", {}).get("meta", {})
            for rule in meta.get("retention", []):
                found.append((name, rule.get("every", "day")))
    return found


def runs_how_often(cron: str) -> str:
    minute, hour, day, month, weekday = cron.split()
    assert re.fullmatch(r"\d+ \d+", f"{minute} {hour}")
    assert month == "*"
    return {("*", "*"): "day", ("*", "0"): "week", ("1", "*"): "month"}[
        day, weekday
    ]


def test_no_rule_is_left_out():
    """A rule of a cadence that no deployment takes would never run."""
    assert {cadence for _, cadence in rules()} == set(CADENCES)
    for table, cadence in rules():
        assert any(
            cadence in each["parameters"]["every"]
            and (
                not (chosen := each["parameters"].get("select"))
                or table in chosen
                or table.partition(".")[0] in chosen
            )
            for each in retaining()
        ), f"prefect.yaml: nothing runs the {cadence} rule of {table}"


def test_each_runs_as_often_as_its_cadence_says_by_utc():
    hours = {}
    for each in retaining():
        [schedule] = each["schedules"]
        assert schedule["timezone"] == "UTC"
        assert each["parameters"]["every"] == [runs_how_often(schedule["cron"])]
        assert each["concurrency_limit"]["limit"] == 1
        hours[each["name"]] = schedule["cron"]
    # P5, H6, P6, P7 and S1.
    assert hours == {
        "tokens": "0 2 * * *",
        "nightly": "0 3 * * *",
        "sessions": "0 3 * * 0",
        "weekly": "30 3 * * 0",
        "users": "0 4 1 * *",
        "monthly": "30 4 1 * *",
    }


def test_what_a_deployment_selects_has_rules():
    named = {table for table, _ in rules()}
    for each in retaining():
        assert set(each["parameters"].get("select", [])) <= named


@pytest.mark.parametrize("each", retaining(), ids=lambda each: each["name"])
def test_a_flow_takes_the_parameters_of_its_deployment(each):
    file, _, name = each["entrypoint"].partition(":")
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    flow = getattr(module, name)
    given = each.get("parameters", {})
    assert set(given) <= set(inspect.signature(flow.fn).parameters)
    flow.validate_parameters(given)
