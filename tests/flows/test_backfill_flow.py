"""The flow `backfill`: a preview unless told to apply, and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
)

from flows.backfill import backfill
from flows.backfill_rows import BackfillError
from flows.run_dbt import operation
from tests.conftest import _new_database, connect

pytestmark = pytest.mark.slow

COUNT = 'select count(*) from analytics."AnalyticsEvent"'


@pytest.fixture
def events(server, monkeypatch):
    """A connection to a database with the tables of all applications."""
    monkeypatch.delenv("WAREHOUSE_VARS")
    _new_database("template1")
    operation("create_demo_sources", lambda _: None, days=0)
    with connect() as connection:
        yield connection


@pytest.fixture
def run(prefect_api) -> Callable[..., tuple[str, str]]:
    """Runs the flow; its state's name and the artifact."""

    def run(**parameters: object) -> tuple[str, str]:
        state = backfill(**parameters, return_state=True)
        if state.is_failed():
            state.result()
        [artifact] = prefect_api.read_artifacts(
            artifact_filter=ArtifactFilter(
                flow_run_id=ArtifactFilterFlowRunId(
                    any_=[state.state_details.flow_run_id]
                ),
                key=ArtifactFilterKey(any_=["backfill"]),
            )
        )
        return state.name, str(artifact.data)

    return run


def test_the_flow_previews_and_applies(events, run, tmp_path: Path):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    file = tmp_path / "events-backup.json"
    file.write_text(
        json.dumps(
            [
                {"sessionId": "s", "eventType": "secret", "timestamp": moment}
                for moment in (yesterday.isoformat(), "secret")
            ]
        )
    )
    name, artifact = run(path=str(file))
    assert name == "preview"
    assert "1  new\n" in artifact and "Nothing was written." in artifact
    assert "secret" not in artifact
    assert events.execute(COUNT).fetchone() == (0,)

    name, artifact = run(path=str(file), apply=True, table="events")
    assert name == "written: 1 rows"
    assert "1  new, and written\n" in artifact
    assert events.execute(COUNT).fetchone() == (1,)

    file.write_text("[")
    with pytest.raises(BackfillError, match=r"byte 2: the file is cut off"):
        run(path=str(file), apply=True)
