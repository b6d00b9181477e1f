"""One Prefect server for all tests here, in a world of its own.

Prefect's home, the user's home and the port are private; the database and
dbt's paths are those that `server` in tests/conftest.py put into os.environ.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import Log
from prefect.client.schemas.sorting import LogSort
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    PREFECT_LOGGING_TO_API_BATCH_INTERVAL,
    temporary_settings,
)

from flows.build_and_retain import build_and_retain
from flows.run_dbt import PROJECT


def project() -> tuple[set[Path], bytes]:
    """What a command of Prefect could leave in the project."""
    patterns = ("*prefect*", ".prefect/*", "*.lock")
    files = {file for each in patterns for file in PROJECT.glob(each)}
    return files, (PROJECT / "prefect.yaml").read_bytes()


@dataclass
class World:
    """Where Prefect's processes of these tests live."""

    folder: Path
    environment: dict[str, str]
    project_before: tuple[set[Path], bytes] = field(default_factory=project)

    @property
    def url(self) -> str:
        """Of the API."""
        return self.environment["PREFECT_API_URL"]

    def start(
        self,
        *command: str,
        cwd: Path = PROJECT,
        environment: dict[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Starts a command of .venv/bin as the leader of a process group."""
        with self.log(*command).open("w") as log:
            return subprocess.Popen(
                [Path(sys.executable).with_name(command[0]), *command[1:]],
                cwd=cwd,
                env=environment or self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def log(self, *command: str) -> Path:
        """The file with what a command has printed."""
        return self.folder / ("-".join(command[:3]).replace("/", "-") + ".log")

    def run(self, *command: str, **where: Any) -> str:
        """Runs a command to its end, which must be a good one; its output."""
        process = self.start(*command, **where)
        try:
            code = process.wait(180)
        finally:
            if process.returncode is None:
                stop(process)
        said = self.log(*command).read_text()
        assert code == 0, f"{code}: {said}"
        return said


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a process and all of its group, and waits until they are gone."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    patience = time.monotonic() + 20
    while process.poll() is None or group(process.pid):
        if time.monotonic() > patience:
            os.killpg(process.pid, signal.SIGKILL)
        assert time.monotonic() < patience + 10, group(process.pid)
        time.sleep(0.1)


def group(pid: int) -> list[str]:
    """The living processes of a group, on Linux."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            name, _, rest = file.read_text().rpartition(") ")
            state, _, pgid = rest.split()[:3]
            if int(pgid) == pid and state != "Z":
                found.append(name)
    return found


@pytest.fixture(scope="session", autouse=True)
def starting_world(
    server: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, subprocess.Popen[str]]]:
    """`prefect server start`: the first thing, since it takes 13 seconds."""
    folder = tmp_path_factory.mktemp("prefect")
    (folder / "home").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    world = World(
        folder,
        {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PREFECT_")
        }
        | {
            "HOME": str(folder / "home"),
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PYTHONUNBUFFERED": "1",
        },
    )
    process = world.start("prefect", "server", "start", "--port", port)
    yield world, process
    stop(process)


@pytest.fixture(scope="session")
def prefect_world(
    starting_world: tuple[World, subprocess.Popen[str]],
    ready_template: str,  # made meanwhile
) -> World:
    """A server that answers."""
    world, process = starting_world
    log = world.log("prefect", "server", "start")
    deadline = time.monotonic() + 180
    with httpx.Client() as client:
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(httpx.TransportError):
                if client.get(world.url + "/health").is_success:
                    return world
            time.sleep(0.2)


@pytest.fixture(scope="session")
def prefect_api(prefect_world: World) -> Iterator[SyncPrefectClient]:
    """A client; flows that are called in this process report there, too."""
    settings = {
        PREFECT_API_URL: prefect_world.url,
        PREFECT_HOME: prefect_world.folder / "prefect",
        # Else each run waits: 2 s for its log, 1 s for its heart to stop.
        PREFECT_LOGGING_TO_API_BATCH_INTERVAL: 0.1,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    with temporary_settings(settings):
        with get_client(sync_client=True) as client:
            yield client
        # Before the server goes: what is not sent yet.
        APILogWorker.instance().drain()
        EventsWorker.drain_all()


@dataclass
class Run:
    """A flow run, as anyone sees it over the API."""

    flow_run: FlowRun
    logs: str
    artifact: str

    @property
    def state(self) -> tuple[str, str]:
        """Type and name of its state."""
        state = self.flow_run.state
        assert state is not None
        return state.type.value, state.name

    @property
    def message(self) -> str:
        """What its state says."""
        state = self.flow_run.state
        assert state is not None
        return state.message or ""


@pytest.fixture
def read_run(prefect_api: SyncPrefectClient) -> Callable[[object], Run]:
    """Reads a flow run by its id, once all of its log is there."""

    def read(flow_run_id) -> Run:
        logs: list[Log] = []
        deadline = time.monotonic() + 20
        while not any(
            log.task_run_id is None and "Finished in state" in log.message
            for log in logs
        ):
            assert time.monotonic() < deadline, logs
            time.sleep(0.1)
            logs = prefect_api.read_logs(
                LogFilter(flow_run_id=LogFilterFlowRunId(any_=[flow_run_id])),
                sort=LogSort.TIMESTAMP_ASC,
            )
        [artifact] = prefect_api.read_artifacts(
            artifact_filter=ArtifactFilter(
                flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]),
                key=ArtifactFilterKey(any_=["retention"]),
            )
        )
        return Run(
            prefect_api.read_flow_run(flow_run_id),
            "\n".join(log.message for log in logs),
            str(artifact.data),
        )

    return read


@pytest.fixture
def run_flow(read_run: Callable[[object], Run]) -> Callable[..., Run]:
    """Runs the flow in this process; what the API says of it afterwards."""

    def run(**parameters: object) -> Run:
        state = build_and_retain(**parameters, return_state=True)
        return read_run(state.state_details.flow_run_id)

    return run
