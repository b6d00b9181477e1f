"""What a change of the rules makes eligible: two plans of one database beside.

For the pull request that changes a rule (docs/environments.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class PlanError(RuntimeError):
    """One sentence about a file that holds no plan."""


def read_plan(file: Path) -> dict[str, Any]:
    """Reads what `warehouse plan --json` printed.

    Raises:
        PlanError: it is not there, or is something else.
    """
    try:
        plan = json.loads(file.read_text())
        for line in plan["rules"]:
            line["rule"], line["layer"], line["past"]
        plan["moment"]
    except OSError as error:
        raise PlanError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise PlanError(
            f"{file} holds no plan: write it with `warehouse plan --read-only"
            f" --json > {file}`."
        ) from None
    return dict(plan)


def what_changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Says it in lines, of Markdown: a sentence, and a table of the rules.

    Rows are eligible once they are past their rule's time; what still keeps
    them (a proof, a hold) is the plan's affair.

    Args:
        before: the plan by the rules as they were, like `read_plan` returns it.
        after: the one by the rules as they are, of the same moment.
    """
    old = {line["rule"]: line for line in before["rules"]}
    new = {line["rule"]: line for line in after.get("rules", [])}
    originals = copies = 0
    table = []
    for rule in sorted(old | new):
        was, now = old.get(rule), new.get(rule)
        more = (now["past"] if now else 0) - (was["past"] if was else 0)
        if (old | new)[rule]["layer"] == "source":
            originals += max(more, 0)
        else:
            copies += max(more, 0)
        if more or was is None or now is None:
            counts = [
                f"{line['past']:,}" if line else "-" for line in (was, now)
            ]
            # Of what cannot be read nothing was counted.
            is_known = not now or now["status"] != "stopped" or now["past"]
            why = "" if now is None or is_known else now["why"]
            table.append(
                f"| {rule} | {counts[0]} | {counts[1]} | {more:+,} | {why} |"
            )
    rows = "1 row" if originals == 1 else f"{originals:,} rows"
    first = (
        f"This change makes {rows} eligible, and {copies:,} copies of ours, as"
        f" of {before['as_of']}."
    )
    if not table:
        return [first]
    return [
        first,
        "",
        "| rule | past its time before | now | more | |",
        "|---|--:|--:|--:|---|",
        *table,
    ]
