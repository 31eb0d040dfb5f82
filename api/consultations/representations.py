"""Representations: what anybody says of a case, kept whole for officers, published only as redacted."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from api.cases.acting import Moment, act_on
from api.cases.tables import CaseRow
from api.consultations import store
from api.consultations.acts import past_day
from api.consultations.neighbours import address_key
from api.consultations.privacy import contact_details
from api.consultations.tables import NeighbourRow, RepresentationRow
from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.errors import InputRefused, NotAllowed, NotFound
from bopsgis.planning.case import Role
from bopsgis.planning.lifecycle import RULES, ActName
from bopsgis.planning.redaction import PUBLIC_REPRESENTATION, public_view

__all__ = [
    "SENTIMENTS",
    "TOPICS",
    "Counts",
    "NewRepresentation",
    "counts_of",
    "moderate",
    "open_case",
    "public_representations",
    "record",
    "same_text",
]

TOPICS = ("design", "use", "light", "privacy", "access", "noise", "traffic", "other")
SENTIMENTS = ("support", "neutral", "objection")
_WORD = re.compile(r"\w+")
MODERATORS = frozenset({Role.ASSESSOR, Role.REVIEWER})


@dataclass(frozen=True, slots=True)
class NewRepresentation:
    """What somebody says of a case, and who they are."""

    sentiment: str
    topics: Sequence[str]
    text: str
    name: str
    address: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many representations there are, for the assessment."""

    total: int
    by_sentiment: Mapping[str, int]
    by_topic: Mapping[str, Mapping[str, int]]
    """Topic -> sentiment -> count. One on several topics counts under each; one on none under `untagged`."""


def open_case(row: CaseRow) -> CaseRow:
    """The case, where the public may see it. Raises NotFound, as for a case that is not there, otherwise."""
    if row.published_at is None:
        raise NotFound(f"There is no case {row.reference}.", code="case")
    return row


def record(work: Work, row: CaseRow, new: NewRepresentation, received_on: date, moment: Moment) -> RepresentationRow:
    """Keep a representation, from the public or typed in by an officer. Nothing of it is public yet.

    Raises ActRefused where the case is decided or not yet valid. The audit says that one came, not from whom.
    """
    if work.access.roles == {Role.PUBLIC}:
        open_case(row)
    past_day(row, received_on, moment, "The day of receipt")
    unknown = sorted(set(new.topics) - set(TOPICS))
    if unknown or new.sentiment not in SENTIMENTS:
        raise InputRefused(f"Topics are {', '.join(TOPICS)}; sentiments {', '.join(SENTIMENTS)}.", code="topics")
    number = store.next_representation_number(work, row)
    topics = [topic for topic in TOPICS if topic in new.topics]
    told = {"number": number, "sentiment": new.sentiment, "topics": topics, "received_on": received_on}
    act_on(work, row, ActName.RECORD_REPRESENTATION, moment, detail=told)
    kept = RepresentationRow(
        council_id=row.council_id,
        case_id=row.id,
        number=number,
        came_by="website" if work.access.roles == {Role.PUBLIC} else "post",
        received_on=received_on,
        sentiment=new.sentiment,
        topics=topics,
        text=new.text.strip(),
        name=new.name.strip(),
        address=new.address.strip(),
        email=new.email.strip(),
        neighbour_id=_neighbour_at(work, row, new.address),
        recorded_by=work.access.actor,
        recorded_at=moment.at,
    )
    work.session.add(kept)
    work.session.flush()
    return kept


def _neighbour_at(work: Work, row: CaseRow, address: str) -> int | None:
    query = select(NeighbourRow.id).where(
        visible_to(work.access, NeighbourRow),
        NeighbourRow.case_id == row.id,
        NeighbourRow.address_key == address_key(address),
    )
    return work.session.scalar(query)


def moderate(
    work: Work, row: CaseRow, number: int, redacted_text: str, street: str, moment: Moment, *, publish: bool
) -> RepresentationRow:
    """Keep an officer's redacted copy, and publish it or take it off the register.

    Refuses to publish a text that still has an address of mail, a telephone number, or the writer's name or
    address in it. Works after the decision too: the register stays.
    """
    if not work.access.roles & MODERATORS:
        allowed = " or ".join(sorted(role.value for role in RULES[ActName.ASSESS].roles))
        raise NotAllowed(f"Representations are moderated by the {allowed}.", code="wrong_role")
    kept = store.representation(work, row, number)
    if publish:
        _check_redacted(kept, redacted_text, street)
    kept.redacted_text, kept.street = redacted_text.strip() or None, street.strip()
    kept.published_at = moment.at if publish else None
    kept.moderated_by = work.access.actor
    work.session.flush()
    told = {"number": number, "published": publish}
    audit.record(work, "moderate_representation", moment.at, case_id=row.id, detail=told)
    return kept


def _check_redacted(kept: RepresentationRow, redacted_text: str, street: str) -> None:
    if not redacted_text.strip():
        raise InputRefused("Give the redacted text to publish.", code="text")
    left = contact_details(f"{redacted_text}\n{street}", kept.name, kept.address, kept.email)
    if left:
        raise InputRefused(
            "The text still says how to find the person who wrote it: " + ", ".join(f"“{one}”" for one in left) + ".",
            code="not_redacted",
            hint="Take it out, then publish.",
        )
    if any(character.isdigit() for character in street):
        raise InputRefused("Give the street without the number.", code="street")


def counts_of(representations: Iterable[RepresentationRow]) -> Counts:
    """Counts by sentiment and by topic; every sentiment and topic is there, with 0 where none came."""
    kept = list(representations)
    sentiments = Counter(one.sentiment for one in kept)
    pairs = Counter((topic, one.sentiment) for one in kept for topic in one.topics or ["untagged"])
    return Counts(
        total=len(kept),
        by_sentiment={sentiment: sentiments[sentiment] for sentiment in SENTIMENTS},
        by_topic={
            topic: {sentiment: pairs[topic, sentiment] for sentiment in SENTIMENTS} for topic in (*TOPICS, "untagged")
        },
    )


def same_text(representations: Iterable[RepresentationRow]) -> dict[int, tuple[int, ...]]:
    """Number of each representation -> the numbers of all that say the same, its own too.

    Capitals, punctuation and line breaks make no difference: a text that a campaign gives out is counted once
    as an argument, and all who sent it as people.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for one in representations:
        alike[" ".join(_WORD.findall(unicodedata.normalize("NFKC", one.text).casefold()))].append(one.number)
    return {number: tuple(numbers) for numbers in alike.values() for number in numbers}


def public_representations(work: Work, row: CaseRow) -> list[dict[str, Any]]:
    """What the register shows of the case's representations: allowed fields of published ones, nothing else."""
    open_case(row)
    return [
        public_view(_record(row, one), PUBLIC_REPRESENTATION)
        for one in store.representations(work, row, published=True)
    ]


def _record(row: CaseRow, kept: RepresentationRow) -> dict[str, Any]:
    return {
        "reference": f"{row.reference}-{kept.number}",
        "received": kept.received_on,
        "sentiment": kept.sentiment,
        "topics": list(kept.topics),
        "published_text": kept.redacted_text,
        "street": kept.street,
    }
