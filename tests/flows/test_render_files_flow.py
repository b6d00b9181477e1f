"""The flow `render-files`: what its runs are called, and what they leave."""

from __future__ import annotations

import os
import runpy
from datetime import datetime
from pathlib import Path

import pytest
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
)

from flows.render_files import render_files
from flows.run_dbt import PROJECT, operation
from tests.conftest import copy_of, without

pytestmark = pytest.mark.slow

ONLY_JOBS = without("hub", "analytics", "shop", "supabase")
# What holds a job, and what goes with it.
NEEDED = ("+marts_operations_render_jobs", "raw_render_jobs_job_log")
AS_OF = datetime(2026, 3, 1, 3)


def test_a_run_says_what_it_came_to(
    server, prefect_api, tmp_path: Path, monkeypatch
):
    def run() -> tuple[str, str, str, str]:
        state = render_files(as_of=AS_OF, return_state=True)
        [artifact] = prefect_api.read_artifacts(
            artifact_filter=ArtifactFilter(
                flow_run_id=ArtifactFilterFlowRunId(
                    any_=[state.state_details.flow_run_id]
                ),
                key=ArtifactFilterKey(any_=["files"]),
            )
        )
        kind = state.type.value
        return kind, state.name, state.message or "", str(artifact.data)

    with copy_of("template1", ONLY_JOBS) as warehouse:
        operation("init", lambda _: None, with_sources=True, days=0)
        warehouse.build("2026-03-01", "--select", *NEEDED)

        monkeypatch.delenv("TEMP_DIR", raising=False)
        assert run()[:2] == ("COMPLETED", "no TEMP_DIR")
        # As a script, from wherever: a run that fails would raise.
        monkeypatch.chdir(tmp_path)
        runpy.run_path(
            str(PROJECT / "flows" / "render_files.py"), run_name="__main__"
        )

        temp = tmp_path / "temp"
        monkeypatch.setenv("TEMP_DIR", str(temp))
        kind, name, message, artifact = run()
        assert (kind, name) == ("FAILED", "not done")
        assert "TEMP_DIR cannot be opened (No such file" in message
        assert message in artifact

        temp.mkdir()
        (temp / "orphan").touch()
        os.utime(temp / "orphan", (0, 0))
        kind, name, message, artifact = run()
        assert (kind, name) == ("COMPLETED", "removed: 1 files")
        assert "Removed: 1 files, 0 bytes." in artifact
        assert "orphan" not in artifact and str(tmp_path) not in artifact
        assert list(temp.iterdir()) == []
