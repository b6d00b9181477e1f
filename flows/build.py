"""Builds and tests, and lets go of nothing.

Flow `build`, deployment `rollups`: every five minutes what the current hour's
numbers are made of (requirement A5).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from flows.run_dbt import PROJECT, run_dbt

if __name__ == "__main__":
    # As in flows/build_and_retain.py.
    os.chdir(PROJECT)

from prefect import flow, get_run_logger


@flow(name="build")
def build(select: str | None = None, as_of: datetime | None = None) -> None:
    """Builds and tests models.

    It may overlap with a night, or with another build: whoever builds a table
    locks it first, and retention lets go only of what its own build tested.

    Args:
        select: which models, in dbt's words, with spaces between them; none
            is all.
        as_of: the moment the run counts from (UTC where no offset stands);
            none is now.

    Raises:
        DbtError: a model or test failed, in dbt's or the database's own words.
    """
    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    run_dbt(
        "build",
        "--exclude-resource-type",
        "unit_test",
        *(["--select", *select.split()] if select else []),
        variables={"as_of": as_of.isoformat()} if as_of else None,
        say=get_run_logger().info,
        # Not the night's: its results may be needed to retry.
        scope="rollups",
    )


if __name__ == "__main__":
    build()
