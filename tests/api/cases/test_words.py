"""The words by which a case is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.cases.words import LONGEST, words_of


def test_a_text_is_kept_whole_in_parts_and_without_leading_zeros() -> None:
    """A reference is found by all of it run together and by each part; accents and apostrophes do not count."""
    assert words_of("26-00042-HAPP") == {"2600042happ", "26", "00042", "42", "happ"}
    assert words_of("Müller-O\u2019Neill's Café") == {"mulleroneills", "muller", "oneills", "cafe"}
    assert words_of(None, "", " -- !? ") == frozenset()


@given(st.lists(st.text(max_size=80), max_size=4))
def test_words_have_no_capitals_and_no_punctuation_and_fit_their_column(texts: list[str]) -> None:
    """Whatever is typed, a word is letters and digits only, is its own folding, and has at most 60 of them."""
    for word in words_of(*texts):
        assert word.isalnum()
        assert 0 < len(word) <= LONGEST
