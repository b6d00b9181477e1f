"""A night as a Prefect run: logged, with its report as an artifact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas import State
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH
from prefect.states import Completed

from flows.night import Bounds, nightly
from flows.run_dbt import DbtError
from flows.tidy import remove_old

Cadence = Literal["day", "week", "month"]


def reported_night(
    as_of: datetime | None, approve: str | None, bounds: Bounds
) -> State:
    """Runs a night within a flow.

    Args:
        as_of: the moment the run counts from (UTC where no offset stands);
            none is now.
        approve: the digest of an earlier plan to approve first.
        bounds: which rules it runs, and how far it goes.

    Returns:
        A completed state, named after what the night came to.

    Raises:
        DbtError: a step failed, in dbt's or the database's own words.
    """
    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    logger = get_run_logger()
    report = []

    def say(line: str) -> None:
        logger.info(line)
        report.append(line)

    # What failed a run is kept as a file.
    storage = PREFECT_LOCAL_STORAGE_PATH.value()
    remove_old(storage.glob("*"))
    try:
        night = nightly(
            as_of.isoformat() if as_of else None,
            approve or False,
            say=say,
            wrap=task,
            bounds=bounds,
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
