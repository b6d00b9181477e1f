"""The night: build and test everything, then let go of what is past its time.

Flow `build-and-retain`, deployment `nightly` (requirements C4, H6).
"""

from __future__ import annotations

import os
from datetime import datetime

from flows.night import Bounds
from flows.run_dbt import PROJECT

if __name__ == "__main__":
    # Prefect reads its settings (pyproject.toml) in the folder it is started
    # in; from any other it would write to ~/.prefect and send telemetry.
    os.chdir(PROJECT)

from prefect import flow
from prefect.client.schemas import State

from flows.reported_night import Cadence, reported_night


@flow(name="build-and-retain")
def build_and_retain(
    as_of: datetime | None = None,
    approve: str | None = None,
    every: list[Cadence] | None = None,
    minutes: float | None = None,
) -> State:
    """Builds and tests everything, then lets go of what is past its time.

    Args:
        as_of: the moment the run counts from (UTC where no offset stands);
            none is now. A later one than the server's clock is refused.
        approve: the digest of an earlier plan whose rules you have read and
            approve.
        every: the rules of these cadences, due or not; none is every rule
            that is due.
        minutes: no new batch begins after so many of them; the next run goes
            on. None is no limit.
    """
    return reported_night(as_of, approve, Bounds(every=every, minutes=minutes))


if __name__ == "__main__":
    build_and_retain()
