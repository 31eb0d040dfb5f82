"""Documents of a case as pages: the list, adding, and every act on one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.tasks import About, Task, add_tasks, sentences
from api.core.db import Work
from api.documents import service, store
from api.documents.service import Changes, Details
from api.documents.tables import DocumentRow, ScanState
from bopsgis.errors import InputRefused
from bopsgis.planning.documents import document_tags

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_KINDS: Final = 3
"""So many kinds can be given to a document at once, and one more than it has."""
_MOST_KINDS: Final = 20
_SIZES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Paper:
    """A document in the list."""

    row: DocumentRow
    kinds: str
    size: str
    why_not_public: str
    opens: bool


@router.get("/documents")
def listed(desk: At) -> Response:
    """All documents of the case; archived ones last."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        papers = [_paper(desk, work, row, one) for one in store.of_case(work, row)]
        context = {
            "papers": [one for one in papers if one.row.archived_at is None],
            "archived": [one for one in papers if one.row.archived_at is not None],
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/documents.html", context)


def _paper(desk: Desk, work: Work, case: CaseRow, row: DocumentRow) -> _Paper:
    tags = document_tags()
    return _Paper(
        row=row,
        kinds=", ".join(tags[tag].name for tag in row.tags if tag in tags),
        size=f"{row.size / _SIZES:.1f} MB" if row.size >= _SIZES else f"{max(1, row.size // 1000)} kB",
        why_not_public=service.why_not_public(work, case, row, desk.files.settings) or "",
        opens=not row.quarantined_because and row.scan_state not in {ScanState.INFECTED, ScanState.PENDING},
    )


def _kind_fields(count: int) -> tuple[Field, ...]:
    options = tuple((tag.tag, tag.name) for tag in document_tags().values())
    names = ("Kind of document", "Second kind", "Third kind")
    return tuple(
        Field(f"tag-{n}", names[n - 1] if n <= len(names) else f"Kind {n}", Kind.SELECT, options=options)
        for n in range(1, count + 1)
    )


def _details(ask: str) -> tuple[Field, ...]:
    return (
        Field("title", "What the document is", ask=ask, hint="For example: proposed elevations"),
        Field("numbers", "Drawing numbers", hint="With commas between them"),
        Field("received", "Received on", Kind.DAY, hint="Leave empty for today"),
    )


_FILE: Final = Field(
    "file", "File", Kind.FILE, ask="Select a PDF, PNG or JPEG file", hint="PDF, PNG or JPEG, up to 30 MB"
)


def _new(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (_FILE, *_details(""), *_kind_fields(_KINDS))


def _only_file(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (_FILE, *_details(""))


def _edited(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    paper = store.get(work, row, desk.item)
    count = min(_MOST_KINDS, max(_KINDS, len(paper.tags) + 1))
    named = Field("in_notice", "Name it in the decision notice", Kind.TICK, hint="It needs a drawing number for that.")
    return (*_details("Say what the document is"), *_kind_fields(count), named)


def _as_it_is(desk: Desk, work: Work, row: CaseRow) -> Values:
    paper = store.get(work, row, desk.item)
    kinds = {f"tag-{n}": tag for n, tag in enumerate(paper.tags, 1)}
    return {
        "title": paper.title,
        "numbers": ", ".join(paper.numbers),
        "received": paper.received_on,
        "in_notice": paper.in_decision_notice,
        **kinds,
    }


def _tags(values: Values) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for name, value in values.items() if name.startswith("tag-") and value))


def _numbers(values: Values) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[,;]", values["numbers"]) if part.strip())


def _sent(values: Values) -> Details:
    return Details(_tags(values), values["title"] or None, _numbers(values), values["received"])


def _add(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    service.add(work, row, values["file"], _sent(values), desk.now, desk.files.settings)


def _change(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    changes = Changes(
        title=values["title"],
        tags=_tags(values),
        numbers=_numbers(values),
        received_on=values["received"],
        in_decision_notice=values["in_notice"],
    )
    service.change(work, _locked(desk, work, row), changes, desk.now)


def _locked(desk: Desk, work: Work, row: CaseRow) -> DocumentRow:
    return store.lock(work, row, desk.item)


def _replace(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    older = _locked(desk, work, row)
    service.add(work, row, values["file"], _sent(values), desk.now, desk.files.settings, replaces=older)


def _redact(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    original = _locked(desk, work, row)
    service.add_redacted_copy(work, row, original, values["file"], _sent(values), desk.now, desk.files.settings)


def _stamp(desk: Desk, work: Work, row: CaseRow) -> str:
    return f"document-{store.get(work, row, desk.item).version}"


def _named(desk: Desk, work: Work, row: CaseRow) -> About:
    paper = store.get(work, row, desk.item)
    kept = (("Document", paper.title), ("File", paper.file_name), ("Quarantine", paper.quarantined_because))
    return About(facts=tuple(one for one in kept if one[1]))


def _reason(label: str) -> Callable[[Desk, Work, CaseRow], Sequence[Field]]:
    field = Field("reason", label, Kind.TEXT, ask="Give the reason")
    return lambda _desk, _work, _row: (field,)


def _publish(desk: Desk, work: Work, row: CaseRow, _values: Values) -> None:
    service.publish(work, row, _locked(desk, work, row), desk.now, desk.files.settings)


def _show_to_consultees(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    paper = _locked(desk, work, row)
    service.make_available(work, paper, desk.now, desk.files.settings, available=values["available"])


def _available(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    hint = "Consultees see what is published anyhow."
    return (Field("available", "Consultees of this case see the document", Kind.TICK, hint=hint),)


def _availability(desk: Desk, work: Work, row: CaseRow) -> Values:
    return {"available": store.get(work, row, desk.item).for_consultees}


@contextmanager
def _copies(desk: Desk) -> Iterator[Values]:
    """The copies of a document in quarantine, made now: examining takes seconds, in which nobody is to wait."""
    with desk.database.reading(desk.access) as work:
        paper = store.get(work, desk.case(work), desk.item)
    if not paper.quarantined_because:
        raise InputRefused("The document is not in quarantine.", code="not_quarantined")
    with desk.files.released(desk.access.council_id, paper.file_name, paper.storage_key) as copies:
        yield {"copies": copies}


def _release(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    """Release it as examined again. The administrator answers for it."""
    service.release(work, _locked(desk, work, row), values["copies"], values["reason"], desk.now)


def _one(page: str, title: str, button: str, done: str, do: Any, fields: Any = None, **more: Any) -> Task:
    """A task on one document."""
    given = {"fields": fields} if fields is not None else {}
    return Task(
        f"documents/{{item:int}}/{page}",
        title,
        button,
        done,
        do,
        back="documents",
        about=_named,
        stamp=_stamp,
        **given,
        **more,
    )


add_tasks(
    router,
    Task(
        "documents/add",
        "Add a document",
        "Add the document",
        "The document has been added.",
        _add,
        back="documents",
        fields=_new,
        stamp=lambda _d, _w, _row: "new",
    ),
    _one(
        "edit",
        "Change what is said of a document",
        "Save",
        "The document has been changed.",
        _change,
        _edited,
        filled=_as_it_is,
    ),
    _one("publish", "Publish a document", "Publish", "The document is on the public register.", _publish),
    _one(
        "unpublish",
        "Take a document off the register",
        "Take it off",
        "The document is no longer public.",
        lambda d, w, row, _v: service.unpublish(w, _locked(d, w, row), d.now),
    ),
    _one(
        "redact",
        "Add a redacted copy",
        "Add the redacted copy",
        "The redacted copy has been added; the original is not for the public any more.",
        _redact,
        _only_file,
    ),
    _one(
        "replace",
        "Add the next version",
        "Add the next version",
        "The next version has been added.",
        _replace,
        _only_file,
    ),
    _one(
        "archive",
        "Archive a document",
        "Archive",
        "The document has been archived.",
        lambda d, w, row, v: service.archive(w, _locked(d, w, row), v["reason"], d.now),
        _reason("Why it is archived"),
    ),
    _one(
        "unarchive",
        "Take a document out of the archive",
        "Take it out",
        "The document is in use again.",
        lambda d, w, row, _v: service.unarchive(w, _locked(d, w, row), d.now),
    ),
    _one(
        "consultees",
        "Show a document to consultees",
        "Save",
        "It has been kept who sees the document.",
        _show_to_consultees,
        _available,
        filled=_availability,
    ),
    _one(
        "release",
        "Take a document out of quarantine",
        "Release",
        "The document can be opened.",
        _release,
        _reason("Why it may be opened"),
        around=_copies,
    ),
)
