"""The register as JSON: the same cases and fields as its pages, and nothing else of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.casework import NOON, OFFICER
from support.registers import CANARIES, Register

from api.cases import store
from api.cases.service import note
from bopsgis.planning.redaction import PUBLIC_CASE

URL = "/api/v2/public/cases"


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The path of everything in a JSON value, as the allowlist writes paths."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, f"{path}[]")
    else:
        yield path


def test_the_list_has_published_cases_and_pages(register: Register) -> None:
    """Three of four cases, newest first; words and pages narrow it; what the public may not see is not found by."""
    listed = register.browser.get(URL).json()
    assert listed["total"] == 3
    assert register.references["Hidden House"] not in str(listed)
    (one,) = register.browser.get(URL, params={"words": "far farm"}).json()["cases"]
    assert one["site"]["address"] == "Far Farm"
    second = register.browser.get(URL, params={"page": 2, "size": 2}).json()
    assert (len(second["cases"]), second["total"], second["page"]) == (1, 3, 2)
    for private in CANARIES:
        assert register.browser.get(URL, params={"words": private}).json()["total"] == 0
    assert register.browser.get(URL, params={"status": "decided"}).json()["cases"] == []
    assert register.browser.get(URL, params={"size": 1000}).status_code == 422


def test_a_case_has_allowed_fields_only(register: Register) -> None:
    """Each path of the answer is on the allowlist, and no canary of applicant, notes or address is in it."""
    reference = register.references["1 Mill Lane"]
    with register.database.unit_of_work(OFFICER) as work:
        note(work, store.lock(work, reference), "CANARYNOTE", NOON)
    answer = register.browser.get(f"{URL}/{reference}")
    assert answer.status_code == 200, answer.text
    assert set(leaves(answer.json())) <= PUBLIC_CASE
    assert answer.json()["applicant"] == {"name": "Zebulon Quixote"}
    assert "agent" not in answer.json()
    listed = register.browser.get(URL).json()["cases"]
    assert {path for one in listed for path in leaves(one)} <= PUBLIC_CASE
    for canary in (*CANARIES, "CANARYNOTE"):
        assert canary not in answer.text + str(listed)


def test_a_case_that_is_not_on_the_register_is_not_there(register: Register) -> None:
    """The hidden case and an invented one give the same answer."""
    hidden = register.browser.get(f"{URL}/{register.references['Hidden House']}")
    invented = register.browser.get(f"{URL}/26-99999-HAPP")
    assert (hidden.status_code, invented.status_code) == (404, 404)
    assert hidden.json()["code"] == invented.json()["code"]
