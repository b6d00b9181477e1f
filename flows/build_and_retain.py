"""The night: build and test everything, then let go of what is past its time.

Flow `build-and-retain`, deployment `nightly` (requirements C4, H6).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from flows.night import nightly
from flows.run_dbt import PROJECT, DbtError

if __name__ == "__main__":
    # Prefect reads its settings (pyproject.toml) in the folder it is started
    # in; from any other it would write to ~/.prefect and send telemetry.
    os.chdir(PROJECT)

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas import State
from prefect.states import Completed


@flow(name="build-and-retain")
def build_and_retain(
    as_of: datetime | None = None, approve: str | None = None
) -> State:
    """Builds and tests everything, then lets go of what is past its time.

    Args:
        as_of: the moment the run counts from (UTC where no offset stands);
            none is now. A later one than the server's clock is refused.
        approve: the digest of an earlier plan whose rules you have read and
            approve.
    """
    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    logger = get_run_logger()
    report = []

    def say(line: str) -> None:
        logger.info(line)
        report.append(line)

    try:
        night = nightly(
            as_of.isoformat() if as_of else None,
            approve or False,
            say=say,
            wrap=task,
        )
    except DbtError as error:
        report.append(str(error))
        raise
    finally:
        # A night that failed let go of what it could all the same.
        create_markdown_artifact(
            "```\n" + "\n".join(report) + "\n```",
            key="retention",
            description="The plan, and what was let go of",
        )
    return Completed(name=night.name)


if __name__ == "__main__":
    build_and_retain()
