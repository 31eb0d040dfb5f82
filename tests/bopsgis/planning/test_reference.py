"""Case references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis.errors import InputRefused
from bopsgis.planning.reference import CaseReference, parse_reference

REFERENCES = st.builds(
    CaseReference,
    year=st.integers(0, 99),
    number=st.integers(1, 999_999),
    suffix=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=6),
)


@given(REFERENCES)
def test_a_reference_reads_back_as_written(reference: CaseReference) -> None:
    """Writing and reading a reference gives the same one."""
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize("text", ["26/00123/HAPP", " 26-00123-happ ", "26 00123 HAPP"])
def test_people_s_spellings_are_read(text: str) -> None:
    """Slashes, spaces and small letters are understood."""
    assert parse_reference(text) == CaseReference(26, 123, "HAPP")


@pytest.mark.parametrize(
    "text", ["", "26-123-HAPP", "26-00000-HAPP", "26-00123-H", "26-00123-HAPP; drop", "\uff12\uff16-00123-HAPP"]
)
def test_other_text_is_refused_in_plain_words(text: str) -> None:
    """What is not a reference is refused with an example of one."""
    with pytest.raises(InputRefused, match="26-00123-HAPP"):
        parse_reference(text)
