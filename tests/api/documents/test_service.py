"""What is done with documents, on both stores."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from support.casework import ADMINISTRATOR, NOON, OFFICER, a_case
from support.documents import EICAR, AlwaysClean, a_filing, a_pdf, clamd

from api.cases import store as cases
from api.core.access import Access
from api.core.audit import trail
from api.core.db import Database, Work
from api.documents import service, store
from api.documents.filing import Checked, Filing
from api.documents.scan import Clamd, NoScanner
from api.documents.service import Changes, Details
from api.documents.tables import DocumentRow, ScanState
from api.documents.upkeep import scan_pending, sweep
from bopsgis.errors import ActRefused, EditConflict, InputRefused, NotAllowed, NotFound
from bopsgis.planning.case import Role

CLIENT = Access(council_id=1, actor="API client Portal", client_id=5, scopes=frozenset({"documents:write"}))
PUBLIC = Access.public(1)


@pytest.fixture
def filing(tmp_path: Path) -> Filing:
    """A folder, and a scanner that finds nothing."""
    return a_filing(tmp_path, AlwaysClean())


@functools.cache
def checked() -> Checked:
    """One clean plan, inspected once for all tests."""
    return Filing.check(a_filing(Path(), AlwaysClean()), "plan.pdf", a_pdf())


def added(database: Database, filing: Filing, reference: str, access: Access = OFFICER, **details: Any) -> DocumentRow:
    """Add the plan to a case."""
    with filing.filed(1, checked()) as filed, database.unit_of_work(access) as work:
        case = cases.lock(work, reference)
        return service.add(work, case, filed, Details(**details), NOON, filing.settings)


def on(
    database: Database, reference: str, row: DocumentRow, act: Callable[[Work, Any, DocumentRow], DocumentRow]
) -> DocumentRow:
    """Do an act on the locked document."""
    with database.unit_of_work(OFFICER) as work:
        case = cases.get(work, reference)
        return act(work, case, store.lock(work, case, row.id))


def published(database: Database, filing: Filing, reference: str, row: DocumentRow) -> DocumentRow:
    """Publish a document."""
    settings = filing.settings
    return on(database, reference, row, lambda w, case, d: service.publish(w, case, d, NOON, settings))


def shown(database: Database, reference: str, *, consultees: bool = False) -> list[int]:
    """Ids of the documents that the public, or a consultee, sees."""
    ask = store.for_consultees if consultees else store.public
    with database.reading(PUBLIC) as work:
        return [row.id for row in ask(work, cases.get(work, reference), unscanned_too=False)]


def files_in(filing: Filing) -> list[str]:
    """Keys of all files of the first council."""
    return sorted(key for key, _ in filing.storage.entries(1))


def test_a_document_is_kept_with_its_file_and_its_trace(database: Database, filing: Filing) -> None:
    """Row, file under a random key, thumbnail and audit event; nothing is public by that."""
    reference = a_case(database)
    row = added(database, filing, reference, tags=("sitePlan.proposed",), numbers=("A-101",))
    assert (row.title, row.revision, row.scan_state, row.pages) == ("plan", 1, "clean", 1)
    assert filing.storage.read(row.storage_key) == a_pdf()
    assert files_in(filing) == sorted([row.storage_key, str(row.public_key), str(row.thumbnail_key)])
    assert shown(database, reference) == []
    with database.reading(OFFICER) as work:
        event = trail(work, cases.get(work, reference).id)[-1]
        assert (event.act, event.detail["document"], event.detail["sha256"]) == ("add_document", row.id, row.sha256)


def test_what_fails_leaves_neither_row_nor_file(database: Database, filing: Filing) -> None:
    """A refusal by the rules, an unknown case and a day to come take the file with them."""
    reference = a_case(database)
    for wrong, error in (
        ({"tags": ("sitePlan",)}, InputRefused),
        ({"received_on": NOON.on + timedelta(days=1)}, InputRefused),
    ):
        with pytest.raises(error):
            added(database, filing, reference, **wrong)
    with pytest.raises(NotFound):
        added(database, filing, "26-99999-HAPP")
    with pytest.raises(NotAllowed):
        added(database, filing, reference, ADMINISTRATOR)
    assert files_in(filing) == []
    with database.reading(OFFICER) as work:
        assert store.of_case(work, cases.get(work, reference)) == []


def test_a_program_adds_for_the_applicant(database: Database, filing: Filing) -> None:
    """Its key's scope lets it add and nothing else, and never what the council makes itself."""
    reference = a_case(database)
    row = added(database, filing, reference, CLIENT, tags=("locationPlan",))
    with pytest.raises(InputRefused, match="council makes itself"):
        added(database, filing, reference, CLIENT, tags=("internal.siteNotice",))
    with database.unit_of_work(CLIENT) as work:
        case = cases.get(work, reference)
        locked = store.lock(work, case, row.id)
        with pytest.raises(NotAllowed):
            service.publish(work, case, locked, NOON, filing.settings)


def test_publication_has_its_conditions(database: Database, filing: Filing) -> None:
    """Only on the register, only clean, only while it is neither archived nor taken back."""
    hidden = a_case(database, valid=False)
    with pytest.raises(ActRefused, match="not on the public register"):
        published(database, filing, hidden, added(database, filing, hidden))
    reference = a_case(database)
    row = added(database, filing, reference)
    published(database, filing, reference, row)
    assert shown(database, reference) == shown(database, reference, consultees=True) == [row.id]
    on(database, reference, row, lambda w, _, d: service.archive(w, d, "sent twice", NOON))
    assert shown(database, reference) == []
    with pytest.raises(ActRefused, match="archived"):
        published(database, filing, reference, row)
    on(database, reference, row, lambda w, _, d: service.unarchive(w, d, NOON))
    assert shown(database, reference) == []
    published(database, filing, reference, row)
    on(database, reference, row, lambda w, _, d: service.unpublish(w, d, NOON))
    assert shown(database, reference) == []


def test_unscanned_documents_are_published_only_where_the_settings_say_so(database: Database, tmp_path: Path) -> None:
    """By default they are not; a demonstration may choose otherwise."""
    reference = a_case(database)
    strict = a_filing(tmp_path)
    lenient = a_filing(tmp_path, publish_unscanned=True)
    file = Checked(checked().file, NoScanner().scan(b""))
    with strict.filed(1, file) as filed, database.unit_of_work(OFFICER) as work:
        row = service.add(work, cases.lock(work, reference), filed, Details(), NOON, strict.settings)
    with pytest.raises(ActRefused, match="No virus scanner"):
        published(database, strict, reference, row)
    published(database, lenient, reference, row)
    assert shown(database, reference) == []
    with database.reading(PUBLIC) as work:
        assert [d.id for d in store.public(work, cases.get(work, reference), unscanned_too=True)] == [row.id]


def test_an_original_with_a_redacted_copy_is_never_public(database: Database, filing: Filing) -> None:
    """Adding the copy takes the original off the register; it cannot come back, archived copy or not."""
    reference = a_case(database)
    original = added(database, filing, reference, tags=("utilityBill",))
    published(database, filing, reference, original)
    with filing.filed(1, checked()) as filed, database.unit_of_work(OFFICER) as work:
        case = cases.lock(work, reference)
        locked = store.lock(work, case, original.id)
        copy = service.add_redacted_copy(work, case, locked, filed, Details(), NOON, filing.settings)
    assert (copy.redacts_id, copy.tags) == (original.id, ["utilityBill"])
    assert shown(database, reference) == []
    with pytest.raises(ActRefused, match="redacted copy"):
        published(database, filing, reference, original)
    published(database, filing, reference, copy)
    assert shown(database, reference) == [copy.id]
    on(database, reference, copy, lambda w, _, d: service.archive(w, d, "not black enough", NOON))
    with pytest.raises(ActRefused, match="redacted copy"):
        published(database, filing, reference, original)


def test_a_new_version_takes_the_place_of_the_old(database: Database, filing: Filing) -> None:
    """The old one is archived and off the register, keeps its file, and cannot be replaced or taken back."""
    reference = a_case(database)
    first = added(database, filing, reference, tags=("sitePlan.proposed",), title="Site plan")
    published(database, filing, reference, first)
    settings = filing.settings
    with filing.filed(1, checked()) as filed:
        second = on(
            database,
            reference,
            first,
            lambda w, c, d: service.add(w, cases.lock(w, c.reference), filed, Details(), NOON, settings, replaces=d),
        )
    assert (second.revision, second.replaces_id, second.title) == (2, first.id, "Site plan")
    assert second.tags == ["sitePlan.proposed"]
    assert shown(database, reference) == []
    assert filing.storage.read(first.storage_key) == a_pdf()
    for act in (
        lambda w, _, d: service.unarchive(w, d, NOON),
        lambda w, c, d: service.add(w, c, filed, Details(), NOON, settings, replaces=d),
    ):
        with pytest.raises(ActRefused, match="newer version"):
            on(database, reference, first, act)


def test_consultees_see_what_is_made_available_to_them(database: Database, filing: Filing) -> None:
    """A document that is not public, for as long as it is current."""
    reference = a_case(database)
    row = added(database, filing, reference)
    settings = filing.settings
    on(database, reference, row, lambda w, _, d: service.make_available(w, d, NOON, settings, available=True))
    assert shown(database, reference) == []
    assert shown(database, reference, consultees=True) == [row.id]
    on(database, reference, row, lambda w, _, d: service.make_available(w, d, NOON, settings, available=False))
    assert shown(database, reference, consultees=True) == []


def test_what_is_said_of_a_document_can_be_corrected(database: Database, filing: Filing) -> None:
    """From the version that was seen only, and with a drawing number where the decision notice names it."""
    reference = a_case(database)
    row = added(database, filing, reference)
    with pytest.raises(InputRefused, match="drawing number"):
        on(database, reference, row, lambda w, _, d: service.change(w, d, Changes(in_decision_notice=True), NOON))
    changes = Changes(tags=("roofPlan.proposed",), numbers=("A-1", "A-2"), in_decision_notice=True, title="Roof")
    changed = on(database, reference, row, lambda w, _, d: service.change(w, d, changes, NOON))
    assert (changed.tags, changed.numbers, changed.title) == (["roofPlan.proposed"], ["A-1", "A-2"], "Roof")
    with database.unit_of_work(OFFICER) as work, pytest.raises(EditConflict):
        store.lock(work, cases.get(work, reference), row.id, 1)


def test_a_case_has_room_for_so_many_documents(database: Database, tmp_path: Path) -> None:
    """The limit itself is taken, one more is not, and archiving makes room."""
    filing = a_filing(tmp_path, AlwaysClean(), max_files_per_case=2)
    reference = a_case(database)
    first, _ = added(database, filing, reference), added(database, filing, reference)
    with pytest.raises(ActRefused, match="limit"):
        added(database, filing, reference)
    on(database, reference, first, lambda w, _, d: service.archive(w, d, "not needed", NOON))
    added(database, filing, reference)


def test_a_file_that_had_to_wait_is_scanned_later(database: Database, tmp_path: Path) -> None:
    """Pending while the scanner is away; then clean, or infected and shut away, with an event each."""
    reference = a_case(database)
    away = a_filing(tmp_path, Clamd("tcp://127.0.0.1:9", 0.2))
    with away.filed(1, away.check("virus.pdf", a_pdf(others=[b"(%b)" % EICAR]))) as filed:  # noqa: SIM117  # a commit
        with database.unit_of_work(OFFICER) as work:
            bad = service.add(work, cases.lock(work, reference), filed, Details(), NOON, away.settings)
    assert bad.scan_state == ScanState.PENDING
    with pytest.raises(ActRefused, match="not seen"):
        published(database, away, reference, bad)
    job = Access.system(1, "scan documents")
    assert scan_pending(database, job, away, NOON) == 0
    with clamd() as address:
        assert scan_pending(database, job, a_filing(tmp_path, Clamd(address, 5)), NOON) == 1
    with database.reading(OFFICER) as work:
        case = cases.get(work, reference)
        row = store.get(work, case, bad.id)
        assert (row.scan_state, "Eicar" in row.quarantined_because) == ("infected", True)
        assert trail(work, case.id)[-1].act == "scan_document"


def test_files_without_a_row_are_swept_up(database: Database, filing: Filing, tmp_path: Path) -> None:
    """What a killed process left goes after an hour; what belongs to a document, or is younger, stays."""
    row = added(database, filing, a_case(database))
    orphan = f"1/ab/{'ab' * 16}"
    filing.storage.write(orphan, b"left behind")
    half = f"{orphan}.{'0' * 32}.part"
    (tmp_path / "documents" / half).write_bytes(b"left be")
    job = Access.system(1, "sweep documents")
    ((_, written),) = [entry for entry in filing.storage.entries(1) if entry[0] == orphan]
    assert sweep(database, job, filing, written + timedelta(minutes=59)) == []
    assert sweep(database, job, filing, written + timedelta(minutes=61)) == [orphan, half]
    assert files_in(filing) == sorted([row.storage_key, str(row.public_key), str(row.thumbnail_key)])


def released(database: Database, filing: Filing, reference: str, row: DocumentRow, access: Access) -> DocumentRow:
    """Take a document out of quarantine."""
    with filing.released(1, row.file_name, row.storage_key) as copies, database.unit_of_work(access) as work:
        locked = store.lock(work, cases.get(work, reference), row.id)
        return service.release(work, locked, copies, "The form only adds up its own figures.", NOON)


def test_an_administrator_releases_from_quarantine(database: Database, filing: Filing) -> None:
    """With a reason and a trace, and with the copies that publishing needs; nobody else may, and once is enough."""
    reference = a_case(database)
    active = Filing.check(filing, "form.pdf", a_pdf(catalogue=b"/OpenAction << /S /JavaScript /JS (app.beep\\(\\)) >>"))
    with filing.filed(1, active) as filed, database.unit_of_work(OFFICER) as work:
        row = service.add(work, cases.lock(work, reference), filed, Details(), NOON, filing.settings)
    assert (row.public_key, "JavaScript" in row.quarantined_because) == (None, True)
    before = files_in(filing)
    with pytest.raises(NotAllowed):
        released(database, filing, reference, row, OFFICER)
    assert files_in(filing) == before
    free = released(database, filing, reference, row, ADMINISTRATOR)
    assert (free.quarantined_because, free.released_because[:8]) == ("", "The form")
    assert (free.published, free.public_key is not None) == (False, True)
    assert published(database, filing, reference, free).published
    with pytest.raises(ActRefused, match="not in quarantine"):
        released(database, filing, reference, row, ADMINISTRATOR)
    with database.reading(OFFICER) as work:
        event = next(e for e in trail(work, cases.get(work, reference).id) if e.act == "release_document")
    assert ("JavaScript" in event.detail["was"], event.actor) == (True, ADMINISTRATOR.actor)


def test_what_the_scanner_found_is_for_the_scanner_to_release(database: Database, tmp_path: Path) -> None:
    """While it still finds something nobody releases it; after a false alarm its new word holds."""
    reference = a_case(database)
    data = a_pdf(others=[b"<< /Length %d >>\nstream\n%b\nendstream" % (len(EICAR), EICAR)])
    with clamd() as address:
        strict = a_filing(tmp_path, Clamd(address, 5))
        checked_now = strict.check("plan.pdf", data)
        with strict.filed(1, checked_now) as filed, database.unit_of_work(OFFICER) as work:
            row = service.add(work, cases.lock(work, reference), filed, Details(), NOON, strict.settings)
        assert row.scan_state == "infected"
        with pytest.raises(ActRefused, match="does not find this document clean"):
            released(database, strict, reference, row, ADMINISTRATOR)
    with pytest.raises(ActRefused, match="does not find this document clean"):
        released(database, a_filing(tmp_path, NoScanner()), reference, row, ADMINISTRATOR)
    free = released(database, a_filing(tmp_path, AlwaysClean()), reference, row, ADMINISTRATOR)
    assert (free.scan_state, free.quarantined_because) == ("clean", "")


def test_the_database_refuses_what_the_service_refuses(database: Database, filing: Filing) -> None:
    """A quarantined, archived or unseen document cannot be published past the service."""
    added(database, filing, a_case(database))
    for broken in (
        "quarantined_because = 'x', published = true",
        "scan_state = 'pending', published = true",
        "archived_at = added_at, archived_because = 'x', published = true",
    ):
        with pytest.raises(DBAPIError), database.unit_of_work(OFFICER) as work:
            work.session.execute(text(f"UPDATE document SET {broken}"))  # noqa: S608  # written above


def test_another_council_has_no_part_in_it(database: Database, filing: Filing) -> None:
    """Neither by the case, nor by the id from a case of its own."""
    reference = a_case(database)
    row = added(database, filing, reference)
    other = Access(council_id=2, actor="B. Officer", roles=frozenset({Role.ASSESSOR}))
    own = a_case(database, other)
    with database.reading(other) as work:
        case = cases.get(work, own)
        assert store.of_case(work, case) == []
        with pytest.raises(NotFound):
            store.get(work, case, row.id)
        assert store.keys_in_use(work) == set()


def test_days_of_receipt_are_kept(database: Database, filing: Filing) -> None:
    """The day that was given, or the day on which the file came."""
    reference = a_case(database)
    assert added(database, filing, reference).received_on == NOON.on
    assert added(database, filing, reference, received_on=date(2026, 5, 28)).received_on == date(2026, 5, 28)
