"""An administrator releases a document on its page: it is examined before anybody has to wait for the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest
from support.documents import a_pdf
from support.office import Office

from api.core.db import Database
from api.documents.filing import Filing

ACTIVE = a_pdf(catalogue=b"/OpenAction << /S /JavaScript /JS (app.beep\\(\\)) >>")


def test_a_file_is_examined_before_the_transaction(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """No unit of work is open while the file is examined again; after it the document is out of quarantine."""
    office.do(office.assessor, "documents/add", {"title": "Form"}, file=ACTIVE)
    under_way: list[bool] = []
    examined: list[list[bool]] = []
    unit_of_work, check = Database.unit_of_work, Filing.check

    @contextmanager
    def noted(database: Database, access: Any) -> Any:
        with unit_of_work(database, access) as work:
            under_way.append(True)
            yield work
            under_way.clear()

    def checked(filing: Filing, name: str, data: bytes) -> Any:
        examined.append(list(under_way))
        return check(filing, name, data)

    monkeypatch.setattr(Database, "unit_of_work", noted)
    monkeypatch.setattr(Filing, "check", checked)
    office.do(office.administrator, "documents/1/release", {"reason": "The form is ours."})
    assert examined == [[]]
    assert "quarantine" not in office.see(office.administrator, "documents").lower()
