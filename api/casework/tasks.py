"""Acts as pages: each has a form at its own address, shown and carried out by the same pair of routes.

A form carries the stamp of what it was made from. Where that has changed since, nothing is done: a page shows what
was sent beside what is there now (409), and the officer says which of the two holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.cases import store as cases
from api.cases.tables import CaseRow
from api.casework.desk import At, Desk
from api.casework.fields import Field, Kind, Values, in_boxes, names_of, read, words_of
from api.casework.head import last_event
from api.casework.history import Entry, entries_since
from api.core.db import Work
from api.core.incoming import SubmittedForm
from api.core.page_forms import Answers, attempt, see_other
from api.documents.filing import Filed
from api.documents.routes import sent_form
from api.maps.site_field import SiteGiven
from api.maps.site_view import site_sent
from bopsgis.errors import EditConflict, InputRefused, NotFound

__all__ = ["About", "Task", "add_tasks", "nothing", "one_of", "sentences"]

_UPLOADED: Final = frozenset({Kind.FILE, Kind.SITE})
"""Kinds of field that a form with files is needed for."""
_WITHIN: Final = 12
"""Digits of the number of the last event that a page was made from."""


@dataclass(frozen=True, slots=True)
class About:
    """What a task's page says above its form: sentences, and facts as label and value."""

    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    parts: Mapping[str, Any] | None = None
    """What the task's own template shows more."""
    cannot: str = ""
    """Why it cannot be done now, in a sentence; the page then has no form."""


def _nothing_around(_desk: Desk) -> AbstractContextManager[Values]:
    return nullcontext({})


def nothing(_desk: Desk, _work: Work, _row: CaseRow) -> Any:
    """No fields, no values, nothing to say."""
    return ()


def _no_values(_desk: Desk, _work: Work, _row: CaseRow) -> Values:
    return {}


def _by_case(_desk: Desk, _work: Work, row: CaseRow) -> str:
    return f"case-{row.version}"


def _said_nothing(_desk: Desk, _work: Work, _row: CaseRow) -> About:
    return About()


@dataclass(frozen=True, slots=True)
class Task:
    """One act with its page. Functions take the desk, the unit of work and the case's row."""

    path: str
    """Below the case's own address; may hold `{item:int}` or `{key}`, which the desk then has."""
    title: str
    button: str
    done: str
    """The sentence that says that it was done."""
    do: Callable[[Desk, Work, CaseRow, Values], object]
    back: str = ""
    """The page below the case's that it belongs to."""
    fields: Callable[[Desk, Work, CaseRow], Sequence[Field]] = nothing
    filled: Callable[[Desk, Work, CaseRow], Values] = _no_values
    """The values that the form starts with: what is there now."""
    about: Callable[[Desk, Work, CaseRow], About] = _said_nothing
    stamp: Callable[[Desk, Work, CaseRow], str] = _by_case
    """Which state of things the page was made from."""
    template: str = "casework/task.html"
    around: Callable[[Desk], AbstractContextManager[Values]] = _nothing_around
    """What takes long and is made before the transaction, as more values; undone where the task is refused."""
    preview: Callable[[Desk, Work, CaseRow, Values], Mapping[str, Any]] | None = None
    """What the template shows of how it would turn out; a second button shows it of what is in the form."""
    warning: bool = False
    """It ends something, and its button says so by its colour."""

    @property
    def name(self) -> str:
        """The task in an address, after it was done."""
        return self.path.replace("/{item:int}", "").replace("/{key}", "").replace("/", "-")

    def where(self, desk: Desk) -> str:
        """The address of its page."""
        parts = {name: str(value) for name, value in desk.request.path_params.items()}
        path = self.path.replace("{item:int}", parts.get("item", "")).replace("{key}", parts.get("key", ""))
        return f"{desk.path}/{path}"

    def back_to(self, desk: Desk) -> str:
        """The address of the page that it belongs to."""
        back = self.back.replace("{key}", str(desk.request.path_params.get("key", "")))
        return f"{desk.path}/{back}" if back else desk.path


_SENTENCES: Final[dict[str, str]] = {}


def sentences() -> Mapping[str, str]:
    """Task by name -> the sentence that says that it was done."""
    return _SENTENCES


def add_tasks(router: APIRouter, *tasks: Task) -> None:
    """Give each task its two routes."""
    for task in tasks:
        _SENTENCES[task.name] = task.done
        path = f"/{task.path}"
        router.add_api_route(path, _shows(task), methods=["GET"], name=f"page of {task.path}")
        router.add_api_route(path, _does(task), methods=["POST"], name=f"do {task.path}")


def _shows(task: Task) -> Callable[..., Response]:
    def shown(desk: At) -> Response:
        with desk.database.reading(desk.access) as work:
            row = desk.case(work)
            fields = task.fields(desk, work, row)
            return _page(task, desk, work, row, fields, in_boxes(fields, task.filled(desk, work, row)))

    return shown


def _does(task: Task) -> Callable[..., Response]:
    def done(desk: At, form: Annotated[SubmittedForm, Depends(sent_form)]) -> Response:
        with desk.database.reading(desk.access) as work:
            row = desk.case(work)
            fields = task.fields(desk, work, row)
            if form.fields.get("stamp") != task.stamp(desk, work, row):
                return _compared(task, desk, work, row, fields, form)
        form.only("stamp", "seen", *(("preview",) if task.preview else ()), *names_of(fields))
        answers = Answers(form)
        sent = site_sent(desk.request, form, answers) if _has_site(fields) else None
        if sent is not None and sent.looked:
            with desk.database.reading(desk.access) as work:
                row, said = desk.case(work), answers if answers.errors else None
                return _page(task, desk, work, row, fields, sent.fields, said, sent.given)
        values = read(fields, answers)
        if sent is not None:
            values["site"] = sent.given.site
        _file_there(fields, form, answers)
        try:
            wanted = not answers.errors and "preview" not in form.fields
            carried_out = wanted and _attempt(task, desk, fields, form, values, answers)
        except EditConflict:
            with desk.database.reading(desk.access) as work:
                return _compared(task, desk, work, desk.case(work), fields, form)
        if carried_out:
            return see_other(f"{task.back_to(desk)}?done={task.name}")
        with desk.database.reading(desk.access) as work:
            given = None if sent is None else sent.given
            return _page(task, desk, work, desk.case(work), fields, answers.fields, answers, given)

    return done


def _has_site(fields: Sequence[Field]) -> bool:
    return any(field.kind is Kind.SITE for field in fields)


def _foreseen(
    task: Task, desk: Desk, work: Work, row: CaseRow, fields: Sequence[Field], answers: Answers | None
) -> Mapping[str, Any]:
    """How it would turn out: of what the form starts with, or of what was sent, where nothing is wrong with it."""
    preview = task.preview
    if preview is None or (answers is not None and answers.errors):
        return {}
    if answers is None:
        try:
            return preview(desk, work, row, task.filled(desk, work, row))
        except InputRefused:
            return {}
    sent = read(fields, answers)
    return attempt(lambda: preview(desk, work, row, sent), answers, fields[0].names[0]) or {}


def _file_there(fields: Sequence[Field], form: SubmittedForm, answers: Answers) -> None:
    for field in fields:
        if field.kind is Kind.FILE and field.ask and field.name not in form.files:
            answers.fault(field.name, field.ask)


def _attempt(
    task: Task, desk: Desk, fields: Sequence[Field], form: SubmittedForm, values: dict[str, Any], answers: Answers
) -> bool:
    """Carry the task out; what the rules say against it becomes an error on the form. Raises EditConflict."""
    stale: list[EditConflict] = []

    def carried_out() -> bool:
        try:
            with (
                _filed(desk, fields, form) as filed,
                task.around(desk) as made,
                desk.database.unit_of_work(desk.access) as work,
            ):
                row = cases.lock(work, desk.reference)
                _refuse_stale(task, desk, work, row, form)
                task.do(desk, work, row, {**values, **filed, **made})
        except EditConflict as conflict:
            stale.append(conflict)
            return False
        return True

    field = fields[0].names[0] if fields else "task"
    done = attempt(carried_out, answers, field)
    if stale:
        raise stale[0]
    return bool(done)


def _refuse_stale(task: Task, desk: Desk, work: Work, row: CaseRow, form: SubmittedForm) -> None:
    if form.fields.get("stamp") != task.stamp(desk, work, row):
        raise EditConflict("This was changed by somebody else since you opened it.")


@contextmanager
def _filed(desk: Desk, fields: Sequence[Field], form: SubmittedForm) -> Iterator[dict[str, Filed]]:
    """The file of the form in the storage, inspected and scanned, round the unit of work that writes its row."""
    name = next((one.name for one in fields if one.kind is Kind.FILE and one.name in form.files), None)
    if name is None:
        yield {}
        return
    checked = desk.files.check(*form.files[name])
    with desk.files.filed(desk.access.council_id, checked) as filed:
        yield {name: filed}


def _page(
    task: Task,
    desk: Desk,
    work: Work,
    row: CaseRow,
    fields: Sequence[Field],
    boxes: Mapping[str, str],
    answers: Answers | None = None,
    given: SiteGiven | None = None,
) -> Response:
    about = task.about(desk, work, row)
    foreseen = {} if about.cannot else _foreseen(task, desk, work, row, fields, answers)
    context = {
        "task": task,
        "action": task.where(desk),
        "back": task.back_to(desk),
        "fields": fields,
        "boxes": boxes,
        "answers": answers,
        "stamp": task.stamp(desk, work, row),
        "seen": last_event(work, row),
        "about": about,
        "with_file": any(field.kind in _UPLOADED for field in fields),
        "site": desk.site_field(work, row, given) if _has_site(fields) else None,
        "refused": answers is not None and not fields,
        **(about.parts or {}),
        **foreseen,
    }
    status = answers.status if answers and answers.errors else HTTPStatus.OK
    return desk.show(work, row, task.template, context, status=status)


@dataclass(frozen=True, slots=True)
class _Compared:
    """One field: what was sent and what is there now."""

    label: str
    sent: str
    now: str

    @property
    def differs(self) -> bool:
        """The two are not the same."""
        return self.sent.replace("\r\n", "\n") != self.now


def _compared(
    task: Task, desk: Desk, work: Work, row: CaseRow, fields: Sequence[Field], form: SubmittedForm
) -> Response:
    """What was sent beside what is there now, and what was done in between."""
    now = in_boxes(fields, task.filled(desk, work, row))
    seen = form.fields.get("seen", "")
    since: tuple[Entry, ...] = ()
    if seen.isascii() and seen.isdigit() and len(seen) <= _WITHIN:
        since = entries_since(work, row, int(seen))
    rows = [_Compared(field.label, words_of(field, form.fields), words_of(field, now)) for field in fields]
    known = set(names_of(fields))
    context = {
        "task": task,
        "action": task.where(desk),
        "rows": [one for one in rows if one.sent or one.now],
        "since": since,
        "sent": {name: value for name, value in form.fields.items() if name in known},
        "stamp": task.stamp(desk, work, row),
        "seen": last_event(work, row),
        "with_file": any(field.kind in _UPLOADED for field in fields),
    }
    return desk.show(work, row, "casework/stale.html", context, status=HTTPStatus.CONFLICT)


def one_of(rows: Sequence[Any], number: int, what: str) -> Any:
    """The row with this id. Raises NotFound."""
    found = next((one for one in rows if one.id == number), None)
    if found is None:
        raise NotFound(f"The case has no such {what}.", code="number")
    return found
