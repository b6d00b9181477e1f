"""Lets go of what some rules say is past its time, at their own hours.

Flow `retain`, deployments `tokens`, `sessions`, `users`, `weekly` and `monthly`
(requirements P5, P6, P7, S1). It builds and tests what its rules need, first.
"""

from __future__ import annotations

import os
from datetime import datetime

from flows.night import Bounds
from flows.run_dbt import PROJECT

if __name__ == "__main__":
    # As in flows/build_and_retain.py.
    os.chdir(PROJECT)

from prefect import flow
from prefect.client.schemas import State

from flows.reported_night import Cadence, reported_night

# At 03:00 on a Sunday the night is at work, too; the next turn of a weekly
# rule would be a week away.
WAIT_SECONDS = 600


@flow(name="retain")
def retain(
    select: list[str] | None = None,
    every: list[Cadence] | None = None,
    as_of: datetime | None = None,
    approve: str | None = None,
    minutes: float | None = None,
) -> State:
    """Builds what some rules need, plans and applies them.

    Args:
        select: tables or whole sources, like hub.TapLog; none is
            all. The copies of their rows go in the same run.
        every: the rules of these cadences, due or not; none is every rule
            that is due.
        as_of: the moment the run counts from (UTC where no offset stands);
            none is now. A later one than the server's clock is refused.
        approve: the digest of an earlier plan whose rules you have read and
            approve.
        minutes: no new batch begins after so many of them; the next run goes
            on. None is no limit.
    """
    bounds = Bounds(
        select=select,
        every=every,
        needed_only=True,
        minutes=minutes,
        wait_seconds=WAIT_SECONDS,
    )
    return reported_night(as_of, approve, bounds)


if __name__ == "__main__":
    retain()
