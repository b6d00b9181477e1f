"""The GitHub workflows: YAML that parses, in step with what they run (C6)."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.cli import _parser

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDER = PROJECT / ".github" / "workflows"
NAMES = ["checks", "nightly"]


def workflow(name: str) -> dict[str, Any]:
    found = yaml.safe_load((FOLDER / f"{name}.yml").read_text())
    # YAML 1.1, which this parser speaks, takes `on` for true.
    found["on"] = found.pop(True)
    return found


def steps(name: str) -> list[dict[str, Any]]:
    [job] = workflow(name)["jobs"].values()
    return job["steps"]


def scripts(name: str) -> str:
    return "\n".join(step.get("run", "") for step in steps(name))


def test_there_is_no_other_workflow():
    assert sorted(path.stem for path in FOLDER.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_runs_what_there_is(name):
    targets = re.findall(
        r"^(\w+):.*##", (PROJECT / "Makefile").read_text(), re.MULTILINE
    )
    made = re.findall(r"\bmake (\w+)", scripts(name))
    assert made
    assert set(made) <= set(targets)
    for command in re.findall(
        r"\.venv/bin/warehouse (.+?)(?:;|$)", scripts(name), re.M
    ):
        _parser().parse_args(re.findall(r"[\w-]+", command))
    programs = re.findall(r"\.venv/bin/(\w+)", scripts(name))
    assert set(programs) <= {"warehouse"}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_is_one_that_the_shell_can_read(name):
    bash = shutil.which("bash")
    assert bash
    for step in steps(name):
        if "run" in step:
            subprocess.run([bash, "-n", "-c", step["run"]], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_may_only_read_and_every_action_has_a_version(name):
    found = workflow(name)
    assert found["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in found["jobs"].values())
    for step in steps(name):
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", NAMES)
def test_nothing_given_from_outside_is_written_into_a_script(name):
    """Scripts are printed, and an expression in one is run as it comes."""
    assert "${{" not in scripts(name)


def test_the_checks_need_no_secret_and_run_on_every_python_there_is():
    text = (FOLDER / "checks.yml").read_text()
    assert "secrets." not in text
    assert "make test" in scripts("checks")
    [job] = workflow("checks")["jobs"].values()
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted = re.fullmatch(
        r">=3\.(\d+),<3\.(\d+)", project["project"]["requires-python"]
    )
    assert job["strategy"]["matrix"]["python"] == [
        f"3.{minor}" for minor in range(int(wanted[1]), int(wanted[2]))
    ]
    assert set(workflow("checks")["on"]) == {"push", "pull_request"}


def test_the_night_is_when_prefect_has_it_and_one_at_a_time():
    deployments = yaml.safe_load((PROJECT / "prefect.yaml").read_text())
    [schedule] = [
        schedule
        for deployment in deployments["deployments"]
        if deployment["name"] == "nightly"
        for schedule in deployment["schedules"]
    ]
    assert schedule["timezone"] == "UTC"
    nightly = workflow("nightly")
    assert nightly["on"]["schedule"] == [{"cron": schedule["cron"]}]
    assert nightly["concurrency"]["cancel-in-progress"] is False
    [job] = nightly["jobs"].values()
    # Nothing runs where nobody has asked for it, or without who may.
    assert job["if"] == "vars.WAREHOUSE_NIGHTLY == 'true'"
    assert job["environment"] == "warehouse"


def test_the_night_gets_the_address_and_never_the_salt():
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    needed = re.findall(r"env_var\('(PG\w+)'", str(profile["warehouse"]))
    given = [step["env"] for step in steps("nightly") if "env" in step]
    assert len(given) == 1, "secrets are given to one step"
    assert set(needed) <= set(given[0])
    assert given[0]["DBT_TARGET"] == "prod"
    for name, value in given[0].items():
        if name.startswith("PG"):
            assert re.match(rf"\$\{{\{{ secrets\.{name}\b", value)
    assert "PII_SALT" not in (FOLDER / "nightly.yml").read_text()
    # No step prints the environment, or what it does.
    assert not re.search(r"\b(printenv|env|set -x)\b", scripts("nightly"))
