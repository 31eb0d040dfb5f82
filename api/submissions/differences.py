"""Where our constraint report and the sender's designations say different things of the same site.

The sender says that a designation intersects, or that it does not, or nothing; we say present, adjacent, near,
absent or not known. Nothing is settled here: an officer reads both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constraints.catalogue import odp_values
from constraints.model import ConstraintReport, Status

__all__ = ["differences_between", "our_answers"]

_STRONGEST = (Status.PRESENT, Status.ADJACENT, Status.NEAR, Status.NOT_KNOWN, Status.ABSENT)
"""Of several findings for one designation value the first of these counts: absence needs all of them."""

_OURS = {
    Status.PRESENT: "our data has it on the site",
    Status.ADJACENT: "our data has it next to the site",
    Status.NEAR: "our data has it near the site only",
    Status.ABSENT: "our data has none there",
    Status.NOT_KNOWN: "we do not know",
}


def our_answers(report: ConstraintReport) -> dict[str, Status]:
    """Designation value -> what the report says of it, for every value that some finding speaks of."""
    said: dict[str, set[Status]] = {}
    for finding in report.findings:
        for value, status in finding.designations.items():
            said.setdefault(value, set()).add(status)
    return {value: next(status for status in _STRONGEST if status in statuses) for value, statuses in said.items()}


def differences_between(theirs: Mapping[str, bool], report: ConstraintReport) -> list[dict[str, Any]]:
    """The values on which the two differ, the sender's first: value, name, `sender`, `ours` and a sentence.

    `sender` is true, false or null where nothing was said. What nobody found and the sender did not mention is
    no difference; what we do not know and the sender does say is one, since it cannot be confirmed.
    """
    ours, names = our_answers(report), odp_values()
    listed = []
    for value in dict.fromkeys((*theirs, *ours)):
        told, answer = theirs.get(value), ours.get(value, Status.NOT_KNOWN)
        if _agree(told, answer):
            continue
        sentence = f"{_theirs(told)}; {_OURS[answer]}."
        entry = {"value": value, "name": names.get(value, value), "sender": told, "ours": answer.value}
        listed.append({**entry, "sentence": sentence})
    return listed


def _agree(told: bool | None, answer: Status) -> bool:  # noqa: FBT001  # one of three values, not a switch
    if told is None:
        return answer is not Status.PRESENT
    if answer is Status.NOT_KNOWN:
        return False
    return told is (answer is Status.PRESENT)


def _theirs(told: bool | None) -> str:  # noqa: FBT001  # one of three values, not a switch
    if told is None:
        return "The sender says nothing of it"
    return "The sender says that it affects the site" if told else "The sender says that it does not affect the site"
