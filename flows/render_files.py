"""Remove temporary files of render jobs that are gone, and orphans.

Flow `render-files`, deployment `render-files`, after the night (requirement
R2). Which table's, and in which folder, its `files` in YAML says.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from flows.run_dbt import PROJECT
from flows.temp_files import TempFilesError, remove_temp_files

if __name__ == "__main__":
    # As in build_and_retain: Prefect reads its settings in this folder.
    os.chdir(PROJECT)

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas import State
from prefect.states import Completed, Failed


@flow(name="render-files")
def render_files(as_of: datetime | None = None, approve: bool = False) -> State:
    """Removes what is past its time, on the machine of the worker.

    Args:
        as_of: the moment the run counts from (UTC where no offset stands);
            none is now. A later one than the server's clock is refused.
        approve: also in a folder from which nothing was removed before.

    Returns:
        A state named after what it came to: failed, and "not done", where the
        folder cannot be reached, or not all of it could be removed.
    """
    logger = get_run_logger()
    lines: list[str] = []

    def say(line: str) -> None:
        logger.info(line)
        lines.append(line)

    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    state: State
    try:
        outcome = remove_temp_files(
            as_of.isoformat() if as_of else None, True, say, approve
        )
        state = Completed(name=outcome)
    except TempFilesError as error:
        say(str(error))
        state = Failed(name="not done", message=str(error))
    create_markdown_artifact(
        "```\n" + "\n".join(lines) + "\n```",
        key="files",
        description="Temporary files that were found, and what was removed",
    )
    return state


if __name__ == "__main__":
    render_files()
