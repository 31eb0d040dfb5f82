"""What type, size and site of an application say of environmental impact assessment."""

from __future__ import annotations

import pytest

from bopsgis.planning.application_types import application_type
from bopsgis.planning.environmental import Outcome, environmental_view
from bopsgis.planning.when import Application

SENSITIVE = (
    "site-of-special-scientific-interest",
    "national-park",
    "world-heritage-site",
    "scheduled-monument",
    "area-of-outstanding-natural-beauty",
    "special-area-of-conservation",
    "special-protection-area",
)
NOWHERE = dict.fromkeys(SENSITIVE, "absent")


@pytest.mark.parametrize(
    ("code", "area_m2", "found", "outcome"),
    [
        ("pp.full.householder", 20_000.0, NOWHERE, Outcome.NOT_REQUIRED),
        ("pp.full.minor", 10_000.0, NOWHERE, Outcome.NOT_REQUIRED),
        ("pp.full.minor", 10_000.1, NOWHERE, Outcome.SCREENING),
        ("pp.full.major", 5_000.0, {**NOWHERE, "national-park": "present"}, Outcome.SCREENING),
        ("pp.full.minor", 5_000.0, {**NOWHERE, "national-park": "present"}, Outcome.NOT_REQUIRED),
        ("pp.mineralExtraction", 1_000.0, NOWHERE, Outcome.SCREENING),
        ("pp.mineralExtraction", 250_001.0, NOWHERE, Outcome.REQUIRED),
        ("pp.full.major.waste", 5_001.0, NOWHERE, Outcome.SCREENING),
        ("environmentalImpact.screening", None, NOWHERE, Outcome.IS_REQUEST),
        ("ldc.existing", 90_000.0, NOWHERE, Outcome.NOT_REQUIRED),
    ],
)
def test_the_rules_infer_what_they_can(
    code: str, area_m2: float | None, found: dict[str, str], outcome: Outcome
) -> None:
    """The weightiest rule that applies is the outcome, and each names its law as not checked."""
    view = environmental_view(Application(application_type(code), area_m2=area_m2, constraints=found))
    assert view.outcome is outcome
    assert all(not reason.verified for reason in view.reasons)


def test_what_is_not_known_is_neither_demanded_nor_dropped() -> None:
    """A major site where nobody knows of sensitive areas: not inferred, and said what it hangs on."""
    view = environmental_view(Application(application_type("pp.full.major"), area_m2=5_000.0))
    assert view.outcome is Outcome.NOT_REQUIRED
    assert set(view.reasons[-1].depends_on) == set(SENSITIVE)
