"""What the public register may show."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bopsgis.planning.redaction import PUBLIC_CASE, PUBLIC_REPRESENTATION, public_view

CANARY = "private-7f3a"

A_CASE: dict[str, Any] = {
    "reference": "26-00001-HAPP",
    "applicant": {"name": "A. Applicant", "email": CANARY, "phone": CANARY, "address": CANARY},
    "agent": {"name": "B. Agent", "company": "Plans", "email": CANARY},
    "site": {"address": "1 High Street", "uprns": ["1"], "access_notes": CANARY},
    "documents": [{"title": "Plan", "tags": ["locationPlan"], "internal_note": CANARY, "storage_key": CANARY}],
    "decision": {"outcome": "granted", "conditions": [{"number": 1, "text": "t", "reason": "r", "draft": CANARY}]},
    "notes": [CANARY],
    "payment": {"card": CANARY},
}


def test_only_what_is_on_the_list_is_shown() -> None:
    """Private strings planted in every other field never appear, and the allowed fields do."""
    shown = public_view(A_CASE)
    assert CANARY not in repr(shown)
    assert shown["applicant"] == {"name": "A. Applicant"}
    assert shown["documents"] == [{"title": "Plan", "tags": ["locationPlan"]}]
    assert shown["decision"]["conditions"] == [{"number": 1, "text": "t", "reason": "r"}]


def test_a_leaf_that_turns_into_a_record_cannot_smuggle_fields() -> None:
    """Where a mapping is expected and something else is given, nothing of it is shown."""
    assert public_view({"applicant": CANARY, "documents": CANARY, "consultees": [CANARY]}) == {
        "applicant": None,
        "documents": [],
        "consultees": [None],
    }


def test_contact_details_are_on_no_list() -> None:
    """No public path speaks of mail, telephone or a full address of a person."""
    for path in PUBLIC_CASE | PUBLIC_REPRESENTATION:
        assert not any(word in path for word in ("email", "phone", "signature", "postcode"))


KEYS = st.sampled_from(["reference", "applicant", "name", "email", "documents", "title", "note", "site"])
JSON = st.recursive(
    st.just(CANARY), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_unlisted_keys_never_appear_at_any_depth_under_listed_branches(record: dict[str, Any]) -> None:
    """Whatever the record's shape, the branches that have a list of their own show only keys of that list."""
    shown = public_view(record)
    assert set(shown) <= {path.split(".")[0].removesuffix("[]") for path in PUBLIC_CASE}
    applicant = shown.get("applicant")
    assert applicant is None or set(applicant) <= {"name"}
