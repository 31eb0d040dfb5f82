"""The Open Digital Planning schemas as a contract: published examples go in, broken ones are refused by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.submissions import a_report, an_application, changed, without

from api.core.problems import FieldsRefused
from api.submissions.odp import read_odp

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "schemas" / "examples"
FOLDERS = {"application": 13, "prototypeApplication": 17, "preApplication": 1, "enforcement": 1}


def examples(folder: str) -> list[Path]:
    """The published examples of one schema; the test is skipped where they are not there."""
    found = sorted((EXAMPLES / folder).rglob("*.json"))
    if not found:
        pytest.skip("the published example submissions are not beside the repository (../shared/schemas)")
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_published_example_is_read(folder: str) -> None:
    """Each with its address, site boundary and, but for a breach, its type; nothing is refused."""
    found = examples(folder)
    assert len(found) == FOLDERS[folder]
    for path in found:
        raw = path.read_bytes()
        incoming = read_odp(json.loads(raw), raw)
        assert incoming.address
        assert incoming.site is not None
        assert (incoming.application_type == "") is (folder == "enforcement")


LONG = "x" * 30_000
BOWTIE = {"type": "Polygon", "coordinates": [[[-1.5, 52.4], [-1.4, 52.5], [-1.4, 52.4], [-1.5, 52.5], [-1.5, 52.4]]]}
CHANGED: list[tuple[str, object]] = [
    ("/data/application/type/value", "pp.full.housholder"),
    ("/data/application/type/value", "pip"),
    ("/data/application/type", "pp.full.householder"),
    ("/data/application/declaration/accurate", "yes"),
    ("/data/application/fee/payable", "258"),
    ("/data/application/fee/payable", -1),
    ("/data/applicant/email", "nobody"),
    ("/data/applicant/name/first", 7),
    ("/data/applicant/name/last", None),
    ("/data/applicant/phone/primary", "0" * 41),
    ("/data/applicant/agent/email", ""),
    ("/data/applicant", []),
    ("/data/property/address/uprn", 100012345678),
    ("/data/property/address/uprn", "12-34"),
    ("/data/property/address/title", ""),
    ("/data/property/address/postcode", "far too long for one"),
    ("/data/property/planning/designations/1/intersects", "true"),
    ("/data/property/planning/designations/0/value", ""),
    ("/data/proposal/description", ""),
    ("/data/proposal/description", LONG),
    ("/data/proposal/boundary/site", "POLYGON EMPTY"),
    ("/data/proposal/boundary/site", BOWTIE),
    ("/data/proposal/boundary/site", {"type": "Point", "coordinates": [-1.5, 52.4]}),
    ("/data/proposal/boundary/site/geometry/coordinates", [[[0, 0], [0, 1], [1, 1], [0, 0]]]),
    ("/files/0/type", []),
    ("/files/1/name", ""),
    ("/files", {}),
    ("/metadata/schema", "https://example.org/something.json"),
    ("/metadata/schema", "https://example.org/v1.0.0/schemas/postSubmissionApplication.json"),
    ("/metadata/submittedAt", "yesterday"),
    ("/metadata/id", ""),
]
WITHOUT = [
    "/data/application/type",
    "/data/application/declaration",
    "/data/applicant/name",
    "/data/applicant/email",
    "/data/property/address",
    "/data/proposal",
    "/data/proposal/description",
    "/files",
    "/metadata",
    "/metadata/id",
]


def pointers(sent: dict[str, Any]) -> list[str]:
    """Where the faults of a submission are."""
    raw = json.dumps(sent).encode()
    with pytest.raises(FieldsRefused) as caught:
        read_odp(sent, raw)
    assert all(fault["message"].endswith((".", "?")) for fault in caught.value.faults)
    return [fault["pointer"] for fault in caught.value.faults]


@pytest.mark.parametrize(("pointer", "value"), CHANGED)
def test_a_wrong_value_is_refused_with_its_place(pointer: str, value: object) -> None:
    """One fault, with the JSON pointer of the field; a fault inside a boundary points at the boundary."""
    expected = pointer.removesuffix("/geometry/coordinates")
    assert pointers(changed(an_application(), pointer, value)) == [expected]


@pytest.mark.parametrize("pointer", WITHOUT)
def test_a_missing_field_is_refused_with_its_place(pointer: str) -> None:
    """One fault, with the JSON pointer of what is not there."""
    expected = "/metadata/schema" if pointer == "/metadata" else pointer
    assert pointers(without(an_application(), pointer)) == [expected]


def test_all_faults_are_named_at_once() -> None:
    """A sender need not mend one field to be told of the next."""
    broken = without(changed(an_application(), "/data/applicant/email", "x"), "/files")
    assert pointers(broken) == ["/data/applicant/email", "/files"]


def test_a_report_is_of_a_breach_and_nothing_else() -> None:
    """Another type in the enforcement schema is refused; who reports may stay unnamed."""
    assert pointers(changed(a_report(), "/data/application/type/value", "pp")) == ["/data/application/type/value"]
    unnamed = without(a_report(), "/data/complainant")
    assert read_odp(unnamed, json.dumps(unnamed).encode()).people == {}


def test_what_is_not_an_object_is_refused() -> None:
    """A list at the top."""
    with pytest.raises(FieldsRefused):
        read_odp([], b"[]")


@pytest.mark.parametrize("folder", FOLDERS)
def test_published_examples_without_their_address_are_refused(folder: str) -> None:
    """The pointer is right for every example of every schema."""
    for path in examples(folder):
        assert pointers(without(json.loads(path.read_bytes()), "/data/property/address")) == ["/data/property/address"]
