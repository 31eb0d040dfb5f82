"""The kinds of document."""

from __future__ import annotations

from collections import Counter

import pytest

from bopsgis.errors import InputRefused
from bopsgis.planning.documents import TagGroup, check_tags, document_tag, document_tags
from bopsgis.planning.validation import national_and_model_list


def test_all_kinds_are_there() -> None:
    """108 tags in their three groups, five of them for what the council makes, each with a name of its own."""
    tags = document_tags()
    counts = Counter(tag.group for tag in tags.values())
    assert counts == {TagGroup.DRAWINGS: 21, TagGroup.EVIDENCE: 12, TagGroup.SUPPORTING: 75}
    assert sum(tag.internal for tag in tags.values()) == 5
    assert len({tag.name for tag in tags.values()}) == 108


def test_validation_asks_for_kinds_that_exist() -> None:
    """A requirement that names a tag that nobody can give could never be met."""
    asked = {tag for requirement in national_and_model_list() for tag in requirement.documents}
    assert asked
    assert asked <= set(document_tags())


def test_tags_are_checked_and_put_in_order() -> None:
    """Each once, drawings first; an unknown one is refused with a hint, an internal one where it may not be."""
    assert check_tags(["utilityBill", "sitePlan.proposed", "utilityBill"], internal_allowed=False) == (
        "sitePlan.proposed",
        "utilityBill",
    )
    with pytest.raises(InputRefused, match=r"sitePlan\.proposed"):
        document_tag("sitePlan.propsed")
    assert check_tags(["internal.siteNotice"], internal_allowed=True) == ("internal.siteNotice",)
    with pytest.raises(InputRefused, match="council makes itself"):
        check_tags(["internal.siteNotice"], internal_allowed=False)
