"""Entries of the lists of an assessment: the fields of each kind, and from and to what is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from api.casework.fields import Field, Kind, Values
from api.councils.library import StandardPolicy
from api.decisions.content import (
    Consideration,
    EvidenceGroup,
    Finding,
    GpdoParagraph,
    HeadOfTerms,
    ImmunityClaim,
    PolicyReference,
    RemovedBy,
    RightsRemoved,
    Section,
    TimeFinding,
)
from bopsgis.errors import InputRefused
from bopsgis.planning.decision import Condition, Informative
from bopsgis.planning.documents import TagGroup, document_tags
from bopsgis.planning.immunity import breach_kinds

__all__ = ["KINDS", "EntryKind", "Known"]

_LEAST_EVIDENCE: Final = 2
"""Rows for evidence on a form: one more than there are, and at least so many."""
_MOST_EVIDENCE: Final = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What the form of an entry may take from: the council's policies, and the entry as it is."""

    policies: Sequence[StandardPolicy]
    entry: Any = None


@dataclass(frozen=True, slots=True)
class EntryKind:
    """How entries of one section are asked for, filled in, made and shown."""

    fields: Callable[[Known], tuple[Field, ...]]
    filled: Callable[[Any, Known], Values]
    made: Callable[[Values, Known], Any]
    lines: Callable[[Any], tuple[tuple[str, str], ...]]
    """Label and value; the first value is the entry's title."""


def _words(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _day(value: date | None) -> str:
    return "" if value is None else f"{value.day} {value:%B %Y}"


def _text(name: str, label: str, ask: str = "", **more: Any) -> Field:
    return Field(name, label, Kind.TEXT, ask=ask, **more)


def _condition_fields(_known: Known) -> tuple[Field, ...]:
    return (
        Field("title", "Title", ask="Enter a title"),
        _text("text", "The condition", "Write the condition"),
        _text("reason", "The reason for it", "Give the reason"),
        Field("pre_commencement", "It has to be met before work starts", Kind.TICK),
        Field("agreed_on", "When the applicant agreed to it, where it has to be met before work starts", Kind.DAY),
    )


def _plain(entry: Any, names: Sequence[str]) -> Values:
    return {name: getattr(entry, name) for name in names}


_CONDITION: Final = EntryKind(
    _condition_fields,
    lambda one, _known: _plain(one, ("title", "text", "reason", "pre_commencement", "agreed_on")),
    lambda v, _known: Condition(v["title"], v["text"], v["reason"], v["pre_commencement"], v["agreed_on"]),
    lambda one: (
        ("Title", one.title),
        ("Condition", one.text),
        ("Reason", one.reason),
        ("Before work starts", f"Agreed on {_day(one.agreed_on)}" if one.agreed_on else "Not agreed yet")
        if one.pre_commencement
        else ("", ""),
    ),
)

_INFORMATIVE: Final = EntryKind(
    lambda _known: (Field("title", "Title", ask="Enter a title"), _text("text", "Text", "Write the informative")),
    lambda one, _known: _plain(one, ("title", "text")),
    lambda v, _known: Informative(v["title"], v["text"]),
    lambda one: (("Title", one.title), ("Text", one.text)),
)


def _terms_fields(_known: Known) -> tuple[Field, ...]:
    return (
        Field("title", "Title", ask="Enter a title"),
        _text("text", "What the obligation is to secure", "Write what it is to secure"),
        Field("agreed_on", "When the applicant agreed to it", Kind.DAY),
    )


_TERMS: Final = EntryKind(
    _terms_fields,
    lambda one, _known: _plain(one, ("title", "text", "agreed_on")),
    lambda v, _known: HeadOfTerms(v["title"], v["text"], v["agreed_on"]),
    lambda one: (("Title", one.title), ("Text", one.text), ("Agreed on", _day(one.agreed_on))),
)


def _gpdo_fields(_known: Known) -> tuple[Field, ...]:
    return (
        Field("part", "Part of Schedule 2", ask="Enter the part", hint="For example 1"),
        Field("class_name", "Class", ask="Enter the class", hint="For example A"),
        Field("paragraph", "Paragraph", hint="For example A.1(f). Leave it empty for the whole class"),
        Field("finding", "Does the proposal comply?", Kind.RADIOS, ask="Select what you find",
              options=tuple((one.value, _words(one.value)) for one in Finding)),
        _text("comment", "Comment", hint="Needed where it does not comply"),
    )  # fmt: skip  # a field a line


_GPDO: Final = EntryKind(
    _gpdo_fields,
    lambda one, _known: {**_plain(one, ("part", "class_name", "paragraph", "comment")), "finding": one.finding.value},
    lambda v, _known: GpdoParagraph(v["part"], v["class_name"], v["paragraph"], Finding(v["finding"]), v["comment"]),
    lambda one: (
        ("Paragraph", f"Part {one.part}, class {one.class_name} {one.paragraph}".strip()),
        ("Finding", _words(one.finding.value)),
        ("Comment", one.comment),
    ),
)


def _rights_fields(_known: Known) -> tuple[Field, ...]:
    return (
        Field("by", "How the rights were taken away", Kind.RADIOS, ask="Select how",
              options=tuple((one.value, _words(one.value)) for one in RemovedBy)),
        Field("reference", "Reference of the permission or direction", hint="For example 19-00321-FULM, condition 7"),
        Field("classes", "Classes of Schedule 2", hint="With commas between them; leave it empty for all"),
        _text("reason", "What it says", "Write what it says"),
    )  # fmt: skip  # a field a line


def _rights(values: Values, _known: Known) -> RightsRemoved:
    classes = tuple(part.strip() for part in values["classes"].split(",") if part.strip())
    return RightsRemoved(RemovedBy(values["by"]), values["reference"], classes, values["reason"])


_RIGHTS: Final = EntryKind(
    _rights_fields,
    lambda one, _known: {
        "by": one.by.value,
        "reference": one.reference,
        "classes": ", ".join(one.classes),
        "reason": one.reason,
    },
    _rights,
    lambda one: (
        ("Taken away by", f"{_words(one.by.value)} {one.reference}".strip()),
        ("Classes", ", ".join(one.classes) or "All"),
        ("What it says", one.reason),
    ),
)


def _choices(known: Known) -> dict[str, PolicyReference]:
    """Policies to refer to, by a name for the form: those of the library, then those that the entry has already."""
    library = [PolicyReference(one.code, one.title, one.edition, one.edition_date, one.url) for one in known.policies]
    kept = () if known.entry is None else tuple(one for one in known.entry.policies if one not in library)
    return {str(number): one for number, one in enumerate((*library, *kept), 1)}


def _consideration_fields(known: Known) -> tuple[Field, ...]:
    options = tuple((key, f"{one.code} {one.title} ({one.edition})") for key, one in _choices(known).items())
    policies = (Field("policies", "Policies", Kind.TICKS, options=options),) if options else ()
    return (
        Field("policy_area", "What is considered", ask="Enter what is considered", hint="For example design"),
        *policies,
        Field("code", "A further policy: its code", hint="For example D1"),
        Field("title", "Its title"),
        Field("edition", "Its edition", hint="For example Local Plan 2024"),
        Field("edition_date", "Date of that edition", Kind.DAY),
        _text("assessment", "Assessment", "Write the assessment", rows=8),
        _text("conclusion", "Conclusion", "Write the conclusion"),
    )


def _consideration_now(one: Consideration, known: Known) -> Values:
    chosen = tuple(key for key, policy in _choices(known).items() if policy in one.policies)
    return {**_plain(one, ("policy_area", "assessment", "conclusion")), "policies": chosen}


def _consideration(values: Values, known: Known) -> Consideration:
    choices = _choices(known)
    policies = [choices[key] for key in values.get("policies", ())]
    given = (values["code"], values["title"], values["edition"], values["edition_date"])
    if any(given):
        if not all(given):
            raise InputRefused("Give the code, title, edition and date of the further policy.", code="policy")
        policies.append(PolicyReference(*given))
    return Consideration(values["policy_area"], tuple(policies), values["assessment"], values["conclusion"])


_CONSIDERATION: Final = EntryKind(
    _consideration_fields,
    _consideration_now,
    _consideration,
    lambda one: (
        ("About", one.policy_area),
        ("Policies", "\n".join(f"{each.code} {each.title} ({each.edition})" for each in one.policies)),
        ("Assessment", one.assessment),
        ("Conclusion", one.conclusion),
    ),
)


def _evidence_rows(known: Known) -> int:
    count = 0 if known.entry is None else len(known.entry.evidence)
    return min(_MOST_EVIDENCE, max(_LEAST_EVIDENCE, count + 1))


def _immunity_fields(known: Known) -> tuple[Field, ...]:
    kinds = tuple((key, _words(key)) for key in breach_kinds())
    tags = tuple((one.tag, one.name) for one in document_tags().values() if one.group is TagGroup.EVIDENCE)
    rows = [
        field
        for n in range(1, _evidence_rows(known) + 1)
        for field in (
            Field(f"tag-{n}", f"Evidence {n}: what it is", Kind.SELECT, options=tags),
            Field(f"first-{n}", f"Evidence {n}: from", Kind.DAY),
            Field(f"last-{n}", f"Evidence {n}: until", Kind.DAY),
            Field(f"comment-{n}", f"Evidence {n}: comment"),
        )
    ]
    return (
        Field("kind", "What is claimed to be lawful by time", Kind.RADIOS, ask="Select what", options=kinds),
        Field("happened_on", "When its time began to run", Kind.DAY, ask="-", hint="Completion, change or breach"),
        *rows,
        Field("enforcement_notice", "An enforcement notice in force forbids it", Kind.TICK),
        Field("concealed", "It was concealed", Kind.TICK),
        Field("finding", "What you find", Kind.RADIOS, ask="Select what you find",
              options=tuple((one.value, _words(one.value)) for one in TimeFinding)),
        _text("reason", "Why"),
    )  # fmt: skip  # a field a line


def _immunity_now(one: ImmunityClaim, _known: Known) -> Values:
    rows: dict[str, Any] = {}
    for n, each in enumerate(one.evidence, 1):
        rows |= {f"tag-{n}": each.tag, f"first-{n}": each.first_day, f"last-{n}": each.last_day}
        rows[f"comment-{n}"] = each.comment
    plain = _plain(one, ("kind", "happened_on", "enforcement_notice", "concealed", "reason"))
    return {**plain, "finding": one.finding.value, **rows}


def _immunity(values: Values, _known: Known) -> ImmunityClaim:
    evidence = []
    for name, tag in values.items():
        if tag and (row := re.fullmatch(r"tag-(\d+)", name)):
            first, last = values[f"first-{row[1]}"], values[f"last-{row[1]}"]
            if first is None or last is None:
                raise InputRefused(f"Give both days of evidence {row[1]}.", code="evidence_days")
            evidence.append(EvidenceGroup(tag, first, last, values[f"comment-{row[1]}"]))
    return ImmunityClaim(
        kind=values["kind"],
        happened_on=values["happened_on"],
        evidence=tuple(evidence),
        enforcement_notice=values["enforcement_notice"],
        concealed=values["concealed"],
        finding=TimeFinding(values["finding"]),
        reason=values["reason"],
    )


_IMMUNITY: Final = EntryKind(
    _immunity_fields,
    _immunity_now,
    _immunity,
    lambda one: (
        ("Claim", f"{_words(one.kind)}, from {_day(one.happened_on)}"),
        (
            "Evidence",
            "\n".join(f"{each.tag}: {_day(each.first_day)} to {_day(each.last_day)}" for each in one.evidence),
        ),
        ("Finding", _words(one.finding.value)),
        ("Reason", one.reason),
    ),
)

KINDS: Final[Mapping[Section, EntryKind]] = {
    Section.CONSIDERATIONS: _CONSIDERATION,
    Section.GPDO: _GPDO,
    Section.CONDITIONS: _CONDITION,
    Section.INFORMATIVES: _INFORMATIVE,
    Section.IMMUNITY: _IMMUNITY,
    Section.PERMITTED_DEVELOPMENT: _RIGHTS,
    Section.HEADS_OF_TERMS: _TERMS,
}
"""Section that holds a list -> how its entries are handled."""
