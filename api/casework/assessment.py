"""Assessment as pages: each section written as a text or entry by entry, site visits, and recommending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.entries import KINDS, EntryKind, Known
from api.casework.fields import Field, Kind, Values
from api.casework.head import decision_words
from api.casework.sections import asked_of, page_of, title_of
from api.casework.stages import why_not
from api.casework.tasks import About, Task, add_tasks, sentences
from api.consultations import representations
from api.consultations import store as hearing
from api.core.db import Work
from api.councils import library
from api.councils.library import StandardCondition, StandardInformative, StandardPolicy
from api.councils.tables import LibraryKind
from api.decisions import assessment, review, store
from api.decisions.content import LISTED, Section
from api.decisions.plans import plans_of
from api.decisions.prompts import prompts_answer
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import Decision
from bopsgis.planning.decision import Condition, Informative
from bopsgis.planning.lifecycle import ActName

__all__ = ["SectionView", "router", "section_views"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as pages show it."""

    section: Section
    title: str
    page: str
    text: str
    entries: tuple[tuple[tuple[str, str], ...], ...]
    """Of each entry of a list: label and value; the first value is its title."""
    written: str
    """By whom and when; empty before it is written."""


def section_views(work: Work, row: CaseRow) -> tuple[SectionView, ...]:
    """All sections that this type may have, and those that were written all the same."""
    written = store.sections(work, row)
    asked = asked_of(application_type(row.application_type))
    return tuple(_view(work, row, one, written.get(one)) for one in Section if one in asked or one in written)


def _view(work: Work, row: CaseRow, section: Section, kept: Any) -> SectionView:
    content = store.content_of(work, row, section)
    lines = KINDS[section].lines if section in KINDS else None
    entries = () if lines is None else tuple(tuple(pair for pair in lines(one) if pair[1]) for one in content)
    return SectionView(
        section=section,
        title=title_of(section),
        page=f"assessment/{section.value}/{page_of(section)}",
        text="" if section in LISTED else content,
        entries=entries,
        written="" if kept is None else f"{kept.by.partition(' <')[0]}, {in_words(kept.at.date())}",
    )


@router.get("/assessment")
def overview(desk: At) -> Response:
    """The assessment as it stands, and what the reviewer said of it."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        context = {
            "sections": section_views(work, row),
            "visits": store.visits(work, row),
            "reviews": {one.value: verdict for one, verdict in store.latest_reviews(work, row).items()},
            "recommendation": row.recommendation,
            "decision_words": decision_words,
            "why": why_not(row, desk.access, ActName.ASSESS, desk.now.on),
            "why_recommend": why_not(row, desk.access, ActName.RECOMMEND, desk.now.on),
            "why_take_back": why_not(row, desk.access, ActName.TAKE_BACK_RECOMMENDATION, desk.now.on),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/assessment.html", context)


def _section(desk: Desk, *, listed: bool) -> Section:
    """The section in the address. Raises NotFound."""
    found = next((one for one in Section if one.value == desk.key and one is not Section.RECOMMENDATION), None)
    if found is None or (found in LISTED) is not listed:
        raise NotFound("The assessment has no such section.", code="section")
    return found


def _stamp(desk: Desk, work: Work, row: CaseRow) -> str:
    kept = store.sections(work, row).get(Section(desk.key)) if desk.key in set(Section) else None
    return f"section-{kept.revision if kept else 0}"


def entries(desk: At) -> Response:
    """The entries of a section that holds a list."""
    section = _section(desk, listed=True)
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        prompts = prompts_answer(work, row)
        shown = {Section.IMMUNITY: prompts.immunity, Section.PERMITTED_DEVELOPMENT: prompts.permitted_development}
        context = {
            "view": _view(work, row, section, store.section(work, row, section)),
            "prompts": shown.get(section, []),
            "from_library": section in {Section.CONDITIONS, Section.INFORMATIVES},
            "why": why_not(row, desk.access, ActName.ASSESS, desk.now.on),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/entries.html", context)


router.add_api_route("/assessment/{key}/entries", entries, methods=["GET"])


def _text_field(desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    section = _section(desk, listed=False)
    return (Field("text", title_of(section), Kind.TEXT, ask="Write the section", rows=12),)


def _text_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    return {"text": store.content_of(work, row, _section(desk, listed=False))}


def _write(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    assessment.write_section(work, row, _section(desk, listed=False), values["text"], desk.now)


def _about_text(desk: Desk, work: Work, row: CaseRow) -> About:
    """What is known to the matter of the section, and what the reviewer said of it."""
    section = _section(desk, listed=False)
    facts = _FACTS[section](work, row) if section in _FACTS else ()
    verdict = store.latest_reviews(work, row).get(section)
    said = (f"The reviewer: {verdict.comment}",) if verdict is not None and verdict.comment else ()
    return About((f"Section: {title_of(section)}.", *said), facts)


def _history_facts(work: Work, row: CaseRow) -> tuple[tuple[str, str], ...]:
    return tuple(
        (one.row.reference, f"{one.row.proposal} ({decision_words(one.row.decision) or one.row.status})")
        for one in assessment.site_history(work, row)
    )


def _comment_facts(work: Work, row: CaseRow) -> tuple[tuple[str, str], ...]:
    counts = representations.counts_of(hearing.representations(work, row))
    by_topic = {topic: sum(each.values()) for topic, each in counts.by_topic.items()}
    topics = ", ".join(f"{topic} {count}" for topic, count in by_topic.items() if count)
    said = ", ".join(f"{word} {count}" for word, count in counts.by_sentiment.items())
    return (("Comments", f"{counts.total}: {said}"), *((("By topic", topics),) if topics else ()))


def _consultee_facts(work: Work, row: CaseRow) -> tuple[tuple[str, str], ...]:
    named = {one.id: one.organisation for one in hearing.consultees(work, row)}
    return tuple(
        (named[one.consultee_id], f"{one.verdict.replace('_', ' ').capitalize()}. {one.text}".strip())
        for one in hearing.responses(work, row)
    )


_FACTS: Final[Mapping[Section, Any]] = {
    Section.SITE_HISTORY: _history_facts,
    Section.NEIGHBOUR_SUMMARY: _comment_facts,
    Section.CONSULTATION_SUMMARY: _consultee_facts,
}


def _list_of(desk: Desk, work: Work, row: CaseRow) -> tuple[Section, EntryKind, tuple[Any, ...]]:
    section = _section(desk, listed=True)
    return section, KINDS[section], tuple(store.content_of(work, row, section))


def _entry(desk: Desk, kept: Sequence[Any]) -> Any:
    """The entry in the address, None for number 0: a new one. Raises NotFound."""
    if desk.item > len(kept):
        raise NotFound("The section has no such entry.", code="entry")
    return kept[desk.item - 1] if desk.item else None


def _known(desk: Desk, work: Work, row: CaseRow, entry: Any) -> Known:
    if _section(desk, listed=True) is not Section.CONSIDERATIONS:
        return Known((), entry)
    fitting = library.fitting(work, LibraryKind.POLICY, application_type(row.application_type))
    return Known([one for one in fitting if isinstance(one, StandardPolicy)], entry)


def _entry_fields(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    _, kind, kept = _list_of(desk, work, row)
    return kind.fields(_known(desk, work, row, _entry(desk, kept)))


def _entry_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    _, kind, kept = _list_of(desk, work, row)
    entry = _entry(desk, kept)
    return {} if entry is None else kind.filled(entry, _known(desk, work, row, entry))


def _keep_entry(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    section, kind, kept = _list_of(desk, work, row)
    made = kind.made(values, _known(desk, work, row, _entry(desk, kept)))
    changed = (*kept, made) if not desk.item else (*kept[: desk.item - 1], made, *kept[desk.item :])
    assessment.write_section(work, row, section, changed, desk.now)


def _remove_entry(desk: Desk, work: Work, row: CaseRow, _values: Values) -> None:
    section, _, kept = _list_of(desk, work, row)
    if _entry(desk, kept) is None:
        raise NotFound("The section has no such entry.", code="entry")
    assessment.write_section(work, row, section, (*kept[: desk.item - 1], *kept[desk.item :]), desk.now)


def _about_entry(desk: Desk, work: Work, row: CaseRow) -> About:
    section, kind, kept = _list_of(desk, work, row)
    entry = _entry(desk, kept)
    return About((f"Section: {title_of(section)}.",), () if entry is None else kind.lines(entry)[:1])


def _nothing_there(desk: Desk, work: Work, row: CaseRow, _values: Values) -> None:
    assessment.write_section(work, row, _section(desk, listed=True), (), desk.now)


def _about_none(desk: Desk, _work: Work, _row: CaseRow) -> About:
    """Nothing is said beside it; a section that there is not is not found."""
    _section(desk, listed=True)
    return About(())


def _offered(desk: Desk, work: Work, row: CaseRow) -> dict[str, Any]:
    """What can be taken into this section: the usual conditions of the type, then the council's library."""
    section, _, kept = _list_of(desk, work, row)
    kind = application_type(row.application_type)
    offered: list[Any] = []
    if section is Section.CONDITIONS:
        plans = tuple(plan.number or plan.title for plan in plans_of(work, row))
        offered += assessment.propose_conditions(row, plans)
        for one in library.fitting(work, LibraryKind.CONDITION, kind):
            if isinstance(one, StandardCondition):
                offered.append(Condition(one.title, one.text, one.reason, one.pre_commencement))
    elif section is Section.INFORMATIVES:
        for each in library.fitting(work, LibraryKind.INFORMATIVE, kind):
            if isinstance(each, StandardInformative):
                offered.append(Informative(each.title, each.text))
    taken = {one.title for one in kept}
    return {str(number): one for number, one in enumerate(offered, 1) if one.title not in taken}


def _offer_fields(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    options = tuple((key, f"{one.title}: {one.text}") for key, one in _offered(desk, work, row).items())
    return (Field("take", "Texts to take", Kind.TICKS, ask="Select at least one", options=options),) if options else ()


def _about_offer(desk: Desk, work: Work, row: CaseRow) -> About:
    return About(() if _offered(desk, work, row) else ("Everything that fits this type has been taken already.",))


def _take(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    section, _, kept = _list_of(desk, work, row)
    offered = _offered(desk, work, row)
    new = [replace(offered[key]) for key in values.get("take", ())]
    if not new:
        raise InputRefused("There is nothing to take.", code="nothing_to_take")
    assessment.write_section(work, row, section, (*kept, *new), desk.now)


def _visit_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("visited_on", "The day of the visit", Kind.DAY, ask="-"),
        Field("place", "Where you stood, where it was not the site itself"),
        Field("comment", "What you saw", Kind.TEXT, ask="Write what you saw", rows=8),
    )


def _about_visits(_desk: Desk, work: Work, row: CaseRow) -> About:
    return About(facts=tuple((in_words(one.visited_on), one.comment) for one in store.visits(work, row)))


def _recommend_fields(_desk: Desk, _work: Work, row: CaseRow) -> Sequence[Field]:
    possible = application_type(row.application_type).decisions
    options = tuple((one.value, decision_words(one.value).capitalize()) for one in Decision if one in possible)
    return (
        Field("decision", "What you recommend", Kind.RADIOS, ask="Select what you recommend", options=options),
        Field("reasons", "Reasons", Kind.TEXT, ask="Give the reasons", rows=8,
              hint="One reason a paragraph, with an empty line between them"),
        Field("to_committee", "The planning committee is to decide", Kind.TICK),
    )  # fmt: skip  # a field a line


def _recommended_now(_desk: Desk, _work: Work, row: CaseRow) -> Values:
    if row.recommendation is None:
        return {}
    told = row.recommendation
    return {**{name: told[name] for name in ("decision", "to_committee")}, "reasons": "\n\n".join(told["reasons"])}


def _recommend(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    reasons = tuple(part.strip() for part in values["reasons"].split("\n\n") if part.strip())
    decision, committee = Decision(values["decision"]), values["to_committee"]
    review.recommend(work, row, decision, reasons, desk.now, to_committee=committee)


def _about_recommending(desk: Desk, _work: Work, row: CaseRow) -> About:
    why = why_not(row, desk.access, ActName.RECOMMEND, desk.now.on)
    if why:
        return About(cannot=f"Nothing can be recommended now. {why}")
    return About(("A reviewer judges it section by section.",))


add_tasks(
    router,
    Task("assessment/visit", "Write down a site visit", "Keep the visit", "The site visit has been kept.",
         lambda d, w, row, v: assessment.record_visit(
             w, row, v["visited_on"], v["comment"], d.now, place=v["place"]),
         back="assessment", fields=_visit_fields, about=_about_visits),
    Task("assessment/recommend", "Recommend a decision", "Recommend", "The recommendation is with the reviewer.",
         _recommend, back="assessment", fields=_recommend_fields, filled=_recommended_now, about=_about_recommending),
    Task("assessment/take-back", "Take the recommendation back", "Take it back", "The recommendation was taken back.",
         lambda d, w, row, _v: review.take_back(w, row, d.now), back="assessment"),
    Task("assessment/{key}/write", "Write a section", "Save the section", "The section has been saved.",
         _write, back="assessment", fields=_text_field, filled=_text_now, about=_about_text, stamp=_stamp),
    Task("assessment/{key}/entries/{item:int}", "Write an entry", "Save the entry", "The entry has been saved.",
         _keep_entry, back="assessment/{key}/entries", fields=_entry_fields, filled=_entry_now,
         about=_about_entry, stamp=_stamp),
    Task("assessment/{key}/entries/{item:int}/remove", "Take an entry out", "Take it out",
         "The entry has been taken out.", _remove_entry, back="assessment/{key}/entries",
         about=_about_entry, stamp=_stamp),
    Task("assessment/{key}/library", "Take from the standard texts", "Take them", "The texts have been taken.",
         _take, back="assessment/{key}/entries", fields=_offer_fields, about=_about_offer, stamp=_stamp),
    Task("assessment/{key}/none", "Considered, and there are none", "Save that there are none",
         "It has been kept that there are none.", _nothing_there, back="assessment/{key}/entries", about=_about_none,
         stamp=_stamp),
)  # fmt: skip  # one page a paragraph
