"""Import rows that were exported elsewhere into a source table.

Flow `backfill`, on demand (requirement A4).
"""

from __future__ import annotations

import os
from pathlib import Path

from flows.backfill_file import backfill_file
from flows.run_dbt import PROJECT

if __name__ == "__main__":
    # As in build_and_retain: Prefect reads its settings in this folder.
    os.chdir(PROJECT)

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas import State
from prefect.states import Completed


@flow(name="backfill")
def backfill(path: str, apply: bool = False, table: str | None = None) -> State:
    """Stores what is new in a JSON file, or says what would be.

    Args:
        path: a JSON array of objects, on the machine of the worker.
        apply: write; else nothing is written.
        table: the source table, like `source.Table`, or the name of its
            backfill; none is the one table that accepts a backfill.
    """
    logger = get_run_logger()
    lines: list[str] = []

    def say(line: str) -> None:
        logger.info(line)
        lines.append(line)

    report = backfill_file(table, Path(path), apply, say)
    create_markdown_artifact(
        "```\n" + "\n".join(lines) + "\n```",
        key="backfill",
        description="What a file brings, and what was set aside",
    )
    return Completed(
        name=f"written: {report.new:,} rows" if apply else "preview"
    )
