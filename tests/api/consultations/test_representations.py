"""Representations: recorded, moderated, counted; canaries in every private field never leave. On both stores."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.consulting import OFFICER, VALID_ON, a_case, at

from api.cases import service, store
from api.consultations import representations
from api.consultations import store as consultations
from api.consultations.privacy import concerns, contact_details
from api.consultations.representations import NewRepresentation
from api.core.access import Access
from api.core.audit import trail, verify
from api.core.db import Database
from bopsgis.errors import ActRefused, InputRefused, NotAllowed, NotFound
from bopsgis.planning.case import Role

PUBLIC = Access.public(1)
CANARIES = ("CANARYNAME", "CANARYSTREET", "CANARYMAIL", "CANARYTEXT")


def words(**parts: Any) -> NewRepresentation:
    """An objection about light, with a canary in every private field."""
    plain: dict[str, Any] = {
        "sentiment": "objection",
        "topics": ["light"],
        "text": "CANARYTEXT My kitchen would be dark.",
        "name": "Jane CANARYNAME",
        "address": "12 CANARYSTREET, Town",
        "email": "CANARYMAIL@example.org",
    }
    return NewRepresentation(**{**plain, **parts})


def commented(database: Database, reference: str, **parts: Any) -> int:
    """Send a comment as the public; its number."""
    with database.unit_of_work(PUBLIC) as work:
        row = store.lock(work, reference)
        return representations.record(work, row, words(**parts), VALID_ON, at(VALID_ON)).number


def shown(database: Database, reference: str) -> list[dict[str, Any]]:
    """What the register shows."""
    with database.reading(PUBLIC) as work:
        return representations.public_representations(work, store.get(work, reference))


def test_a_comment_is_private_until_it_is_redacted_and_published(database: Database) -> None:
    """The register has nothing at first, then the allowed fields only, then nothing again; officers see all."""
    reference = a_case(database)
    number = commented(database, reference)
    assert shown(database, reference) == []
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        representations.moderate(work, row, number, "My kitchen would be dark.", "Mill", at(VALID_ON), publish=True)
    assert shown(database, reference) == [
        {
            "reference": f"{reference}-1",
            "received": VALID_ON,
            "sentiment": "objection",
            "topics": ["light"],
            "published_text": "My kitchen would be dark.",
            "street": "Mill",
        }
    ]
    assert not any(canary in json.dumps(shown(database, reference), default=str) for canary in CANARIES)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        kept = representations.moderate(work, row, number, "Another copy", "", at(VALID_ON), publish=False)
        assert (kept.text, kept.name) == ("CANARYTEXT My kitchen would be dark.", "Jane CANARYNAME")
        told = "".join(event.detail_json for event in trail(work, row.id))
        assert "record_representation" in [event.act for event in trail(work, row.id)]
        assert not any(canary in told for canary in CANARIES)
    assert shown(database, reference) == []


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("", "Mill Road"),
        ("Call me on 0113 496 0000", ""),
        ("Write to jane@example.org", ""),
        ("I, jane canaryname, object", ""),
        ("We at 12 CANARYSTREET, Town object", ""),
        ("Dark", "12 Mill Road"),
    ],
)
def test_a_text_that_is_not_redacted_is_not_published(database: Database, text: str, street: str) -> None:
    """An empty copy, a telephone number, an address of mail, the writer's name or address, a house number."""
    reference = a_case(database)
    number = commented(database, reference)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        with pytest.raises(InputRefused):
            representations.moderate(work, row, number, text, street, at(VALID_ON), publish=True)
    assert shown(database, reference) == []


def test_comments_are_taken_while_the_case_is_published_and_undecided_only(database: Database) -> None:
    """Before it is valid the case is not there for the public; once it has ended comments are refused."""
    early, ended = a_case(database, valid=None), a_case(database)
    with pytest.raises(NotFound):
        commented(database, early)
    with pytest.raises(NotFound):
        shown(database, early)
    with database.unit_of_work(OFFICER) as work:
        service.withdraw(work, store.lock(work, ended), "Changed plans", at(VALID_ON))
    with pytest.raises(ActRefused):
        commented(database, ended)
    with database.reading(Access.public(2)) as work, pytest.raises(NotFound):
        store.get(work, ended)


def test_officers_type_in_letters_and_count_all(database: Database) -> None:
    """Counts go by sentiment and by topic; one on two topics counts under both, one on none as untagged."""
    reference = a_case(database)
    commented(database, reference, topics=["traffic", "light"])
    commented(database, reference, topics=[], sentiment="neutral")
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        typed = representations.record(work, row, words(sentiment="support", email=""), VALID_ON, at(VALID_ON))
        assert (typed.number, typed.came_by) == (3, "post")
        with pytest.raises(InputRefused):
            representations.record(work, row, words(topics=["lihgt"]), VALID_ON, at(VALID_ON))
        kept = consultations.representations(work, row)
        assert [one.came_by for one in kept] == ["website", "website", "post"]
        counts = representations.counts_of(kept)
        assert counts.total == 3
        assert counts.by_sentiment == {"support": 1, "neutral": 1, "objection": 1}
        assert counts.by_topic["light"] == {"support": 1, "neutral": 0, "objection": 1}
        assert counts.by_topic["untagged"]["neutral"] == 1
        assert sum(counts.by_topic["privacy"].values()) == 0


def test_comments_sent_at_once_get_numbers_in_a_row(database: Database) -> None:
    """16 comments by four threads are all kept, numbered 1 to 16, and the chain of the audit holds."""
    reference = a_case(database)
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: commented(database, reference), range(16)))
    assert sorted(numbers) == list(range(1, 17))
    with database.reading(OFFICER) as work:
        assert list(verify(work.session, 1)) == []


def test_only_assessors_and_reviewers_moderate(database: Database) -> None:
    """The public and administrators cannot publish."""
    reference = a_case(database)
    number = commented(database, reference)
    for access in (PUBLIC, Access(1, "Admin", roles=frozenset({Role.ADMINISTRATOR}))):
        with database.unit_of_work(access) as work, pytest.raises(NotAllowed):
            representations.moderate(work, store.lock(work, reference), number, "x", "", at(VALID_ON), publish=True)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Ring +44 20 7946 0000 or (0113) 496 0000.", ["telephone", "telephone"]),
        ("o'neill@example.co.uk", ["email"]),
        ("My son is autistic and uses a wheelchair", ["special_category", "special_category"]),
        ("I object.\nYours sincerely\nZoë O'Neill", ["signature"]),
        ("The 2024 plan says 12.5 m and reference 26-00001-HAPP, 25 dwellings at 441860 244690.", []),
    ],
)
def test_what_tells_too_much_is_found(text: str, kinds: list[str]) -> None:
    """Telephone numbers, mail, signatures and words of special categories; figures of planning are left alone."""
    found = concerns(text)
    assert [one.kind for one in found] == kinds
    assert all(text[one.start : one.end] == one.words for one in found)


def test_a_name_is_found_as_a_word_and_a_letter_is_not_looked_for() -> None:
    """`Ann` is not in `planning`; a one-letter name would be in every text."""
    assert contact_details("The planning committee", "Ann", "P") == ()
    assert contact_details("Thank you, ANN.", "Ann") == ("Ann",)
