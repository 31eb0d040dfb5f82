"""What the rules say to an officer who assesses: time and evidence of a breach, rights that land may have lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from api.cases import store as cases
from api.cases.tables import CaseRow
from api.core.db import Work
from api.decisions import environmental, store
from api.decisions.content import ImmunityClaim, Section
from api.decisions.forms import (
    EnvironmentalAnswer,
    EnvironmentalReasonAnswer,
    ImmunityPrompt,
    PromptsAnswer,
    RightsPrompt,
)
from bopsgis.planning.immunity import immunity

__all__ = ["environmental_answer", "prompts_answer"]


def prompts_answer(work: Work, row: CaseRow) -> PromptsAnswer:
    """The reckoning of every claim of immunity, and the constraints that bear on permitted development rights."""
    return PromptsAnswer(
        immunity=[_claim(row, one) for one in store.content_of(work, row, Section.IMMUNITY)],
        permitted_development=list(_rights(work, row)),
    )


def _claim(row: CaseRow, claim: ImmunityClaim) -> ImmunityPrompt:
    told = immunity(claim.kind, claim.happened_on, row.received_on)
    return ImmunityPrompt(
        kind=claim.kind,
        years=told.years,
        immune_from=told.immune_from,
        immune=told.immune,
        gaps=list(claim.gaps(min(row.received_on, told.immune_from - timedelta(days=1)))),
        steps=list(told.steps),
        citation=f"{told.citation} ({told.edition})",
        verified=told.verified,
    )


def _rights(work: Work, row: CaseRow) -> Iterator[RightsPrompt]:
    screening = cases.latest_screening(work, row)
    for finding in [] if screening is None else screening.report["findings"]:
        for follows in finding["consequences"]:
            if follows["kind"] == "permitted_development":
                yield RightsPrompt(
                    dataset=finding["dataset"],
                    name=finding["name"],
                    text=follows["text"],
                    citation=f"{follows['citation']} ({follows['edition']})",
                    verified=follows["verified"],
                )


def environmental_answer(work: Work, row: CaseRow) -> EnvironmentalAnswer:
    """What the rules infer, and what an officer has said."""
    view, word = environmental.inferred(work, row), environmental.last_word(work, row)
    return EnvironmentalAnswer(
        inferred=view.outcome.value,
        reasons=[
            EnvironmentalReasonAnswer(
                outcome=one.outcome.value,
                why=one.why,
                citation=one.citation,
                verified=one.verified,
                depends_on=list(one.depends_on),
            )
            for one in view.reasons
        ],
        state=None if word is None else word.state,
        reason="" if word is None else word.reason,
        by=None if word is None else word.by,
        at=None if word is None else word.at,
        environmental_impact=row.eia,
    )
