"""Deciding a case, and the notice that goes out with the decision."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from api.cases.acting import Moment, act_on, check_act
from api.cases.facts import case_of
from api.cases.tables import CaseRow
from api.consultations import publicity
from api.core import audit
from api.core.db import Work
from api.decisions import store
from api.decisions.notice import Notice, Plan, gather, notice_to_json
from api.decisions.notice_pages import notice_html, notice_pdf
from api.decisions.review import content_to_issue
from api.decisions.tables import DecisionNoticeRow
from api.decisions.telling import tell_decision
from bopsgis.errors import InputRefused, NotFound, StoreDamaged
from bopsgis.planning.case import CaseStatus, Decision
from bopsgis.planning.decision import Condition
from bopsgis.planning.lifecycle import ActName

__all__ = ["decide_case", "draft_notice", "issued_notice", "public_notice"]


def decide_case(
    work: Work,
    row: CaseRow,
    decision: Decision,
    plans: Sequence[Plan],
    moment: Moment,
    *,
    reasons: Sequence[str] | None = None,
    conditions: Sequence[Condition] | None = None,
) -> DecisionNoticeRow:
    """Decide the case, issue the notice, and tell applicant and agent where it is.

    What publicity is due is worked out afresh, so that no duty is missed that came up since the case was valid.
    Reasons are those recommended where none are given and the decision is the recommended one; conditions are
    those assessed where none are given. Raises InputRefused for a decision that cannot be issued, ActRefused or
    NotAllowed where it may not be made.
    """
    publicity.refresh(work, row)
    recommendation = case_of(row).recommendation
    if reasons is None:
        agreed = recommendation is not None and recommendation.decision is decision
        reasons = recommendation.reasons if recommendation is not None and agreed else ()
    by_committee = row.status == CaseStatus.AT_COMMITTEE.value
    content = content_to_issue(work, row, decision, reasons, conditions)
    recommended = None if recommendation is None else recommendation.decision.value
    told = {"decision": decision.value, "recommended": recommended}
    fields = {"decision": decision}
    check_act(work, row, ActName.DECIDE, moment, fields)
    signed = "The planning committee" if by_committee else work.access.actor.partition("<")[0]
    # Drawn before the audit is written: nobody else of the council waits for the chain's end meanwhile. The case is
    # locked, and nothing that the notice says is changed by the act.
    notice = _drawn(row, gather(work, row, content, plans, moment.on, signed=signed), moment)
    act_on(work, row, ActName.DECIDE, moment, fields, detail=told)
    work.session.add(notice)
    issued = {"html_sha256": notice.html_sha256, "pdf_sha256": notice.pdf_sha256}
    audit.record(work, "issue_notice", moment.at, case_id=row.id, detail=issued)
    tell_decision(work, row, moment)
    work.session.flush()
    return notice


def _drawn(row: CaseRow, notice: Notice, moment: Moment) -> DecisionNoticeRow:
    html, pdf = notice_html(notice), notice_pdf(notice)
    return DecisionNoticeRow(
        council_id=row.council_id,
        case_id=row.id,
        issued_on=moment.on,
        content=notice_to_json(notice),
        html=html,
        html_sha256=hashlib.sha256(html.encode()).hexdigest(),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        at=moment.at,
    )


def draft_notice(
    work: Work,
    row: CaseRow,
    plans: Sequence[Plan],
    moment: Moment,
    *,
    decision: Decision | None = None,
    reasons: Sequence[str] | None = None,
) -> Notice:
    """What the notice would say if the case were decided today, marked as a draft: as recommended or otherwise.

    Raises InputRefused where nothing has been recommended, and for a decision that cannot be issued so.
    """
    recommendation = case_of(row).recommendation
    if recommendation is None:
        raise InputRefused("Nothing has been recommended, so there is no notice to draft.", code="no_recommendation")
    decision = decision or recommendation.decision
    if reasons is None:
        reasons = recommendation.reasons if decision is recommendation.decision else ()
    conditions = () if decision is Decision.REFUSED else None
    content = content_to_issue(work, row, decision, reasons, conditions)
    return gather(work, row, content, plans, moment.on, signed=None)


def issued_notice(work: Work, row: CaseRow) -> DecisionNoticeRow | None:
    """The notice as it was issued, None before the decision.

    Raises StoreDamaged where the kept bytes are not the ones that were issued.
    """
    kept = store.notice_of(work, row)
    if kept is None:
        return None
    digests = (hashlib.sha256(kept.html.encode()).hexdigest(), hashlib.sha256(kept.pdf).hexdigest())
    if digests != (kept.html_sha256, kept.pdf_sha256):
        raise StoreDamaged(f"The decision notice of {row.reference} is not the one that was issued.")
    return kept


def public_notice(work: Work, row: CaseRow) -> DecisionNoticeRow:
    """The notice for the public. Raises NotFound for a case that is not on the register or not decided."""
    kept = None if row.published_at is None else issued_notice(work, row)
    if kept is None:
        raise NotFound(f"There is no decision notice of case {row.reference}.", code="decision_notice")
    return kept
