"""The README's way with Prefect, command by command, on a real server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.flows.conftest import project, stop

# A server, a worker, a whole night: minutes.
pytestmark = [pytest.mark.slow, pytest.mark.large]


def test_server_pool_deployment_worker_and_a_night(
    warehouse, prefect_world, prefect_api, read_run
):
    today = datetime.now(UTC)
    past, kept = (
        [f"{today - timedelta(days=day):%Y-%m-%d}" for day in days]
        for days in ((100, 95, 92), (80, 10))
    )
    warehouse.taps(past + kept, each=10)
    warehouse.build()
    before = warehouse.per_day()
    assert warehouse.left() == (50, 50, 50)

    prefect_world.run(
        "prefect", "work-pool", "create", "warehouse", "--type", "process"
    )
    prefect_world.run("prefect", "--no-prompt", "deploy", "--all")
    worker = prefect_world.start(
        "prefect", "worker", "start", "--pool", "warehouse"
    )
    try:
        said = prefect_world.run(
            "prefect",
            "deployment",
            "run",
            "build-and-retain/nightly",
            "--watch",
        )
        assert worker.poll() is None
    finally:
        stop(worker)

    # Every tap past its time is gone, and the mart does not move.
    assert warehouse.left() == (20, 20, 20)
    assert warehouse.per_day() == before == dict.fromkeys(past + kept, 10)
    warehouse.assert_conserved(50)

    # The same over the API.
    [run_id] = re.findall(r"UUID: (\S+)", said)
    run = read_run(run_id)
    assert run.state == ("COMPLETED", "Completed")
    assert run.flow_run.parameters == {"every": ["day"]}
    assert re.search(r"stg_hub_tap_log +staging +30 +done", run.artifact)
    deployment = prefect_api.read_deployment_by_name("build-and-retain/nightly")
    assert run.flow_run.deployment_id == deployment.id
    [schedule] = deployment.schedules
    assert schedule.active
    assert (schedule.schedule.cron, schedule.schedule.timezone) == (
        "0 3 * * *",
        "UTC",
    )

    assert project() == prefect_world.project_before
    assert list((prefect_world.folder / "home").iterdir()) == []
