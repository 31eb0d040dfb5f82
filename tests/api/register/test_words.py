"""What the register says of a case in plain words."""

from __future__ import annotations

from datetime import date

import pytest

from api.register.words import next_words, status_words, timeline

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("outcome", "status", "following"),
    [
        (None, "Appealed", "The Planning Inspectorate decides, not the council."),
        ("dismissed", "The appeal was dismissed", "Nothing more will be decided on the application."),
        ("split", "The appeal was allowed in part", "Nothing more will be decided on the application."),
    ],
)
def test_an_appeal_is_over_when_it_is_decided(outcome: str | None, status: str, following: str) -> None:
    """Status, what happens next and the last step say the same: waiting, or how it ended."""
    decision = {"outcome": "refused", "date": TODAY}
    view = {"status": "appealed", "decision": decision, "appeal": {"lodged": TODAY, "outcome": outcome}, "dates": {}}
    assert status_words(view, None, TODAY)[0] == status
    assert next_words(view, None, TODAY).endswith(following)
    last = timeline(view, None, TODAY)[-1]
    assert (last.title, last.done) == ("Appeal", outcome is not None)
