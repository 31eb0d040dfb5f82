"""Form in, answer out: what an applicant says to each kind of request."""

from __future__ import annotations

from datetime import date

from api.core.page_forms import Answers
from api.requests.forms import CertificateForm, OwnerForm
from api.requests.service import Answer
from bopsgis.planning.requests import RequestKind

__all__ = ["CERTIFICATES", "MOST_OWNERS", "field_names", "read_answer"]

CERTIFICATES = {
    "A": "I own all of the land, and nobody else does",
    "B": "Others own part of the land, and I have told all of them",
    "C": "Others own part of the land, and I have told those whom I could find",
    "D": "I do not know who owns the land",
}
"""Ownership certificates of article 14 of the Development Management Procedure Order 2015, in plain words."""

MOST_OWNERS = 12
"""More are sent to the council in another way."""
_LONGEST = 20_000
_PARTS = ("name", "address", "given-day", "given-month", "given-year")


def field_names(kind: RequestKind) -> tuple[str, ...]:
    """The fields that the form of this kind may have."""
    names = ["answer", "text"]
    if "certificate" in kind.answers:
        names += ["certificate", "owners", "more"]
        names += [f"owner-{n}-{part}" for n in range(1, MOST_OWNERS + 1) for part in _PARTS]
    return tuple(names)


def read_answer(kind: RequestKind, answers: Answers, documents: tuple[str, ...], today: date) -> Answer:
    """The answer in the form. What is wrong with it is among the errors of `answers`."""
    if kind.is_question:
        return _agreed_or_not(answers)
    if "documents" in kind.answers:
        if not documents:
            answers.fault("file", "Add at least one document before you send your answer")
        return Answer(text=answers.text("text", longest=_LONGEST), documents=documents)
    if "certificate" in kind.answers:
        return _certificate(answers, today)
    return Answer(text=answers.text("text", ask="Enter your answer", longest=_LONGEST))


def _agreed_or_not(answers: Answers) -> Answer:
    said = answers.choice("answer", ("yes", "no"), ask="Select whether you agree")
    reason = "" if said != "no" else answers.text("text", ask="Say why you do not agree", longest=_LONGEST)
    return Answer(accepted={"yes": True, "no": False}.get(said), text=reason)


def _certificate(answers: Answers, today: date) -> Answer:
    kind = answers.choice("certificate", CERTIFICATES, ask="Select which certificate you give")
    owners = [owner for n in range(1, MOST_OWNERS + 1) if (owner := _owner(answers, n, kind, today)) is not None]
    if kind == "B" and not owners and not answers.errors:
        answers.fault("owner-1-name", "Enter the name of each owner whom you have told")
    if kind not in CERTIFICATES:
        return Answer()
    form = CertificateForm.model_validate({"kind": kind, "owners": owners})
    return Answer(certificate=form.model_dump(mode="json"))


def _owner(answers: Answers, number: int, kind: str, today: date) -> OwnerForm | None:
    """One owner, or None for an empty row; certificates A and D name none."""
    prefix = f"owner-{number}"
    filled = any(answers.fields.get(f"{prefix}-{part}", "").strip() for part in _PARTS)
    if not filled or kind not in {"B", "C"}:
        return None
    name = answers.text(f"{prefix}-name", ask="Enter the owner's name")
    address = answers.text(f"{prefix}-address", longest=1000)
    given = answers.day(f"{prefix}-given", "The notice to the owner", required=kind == "B", latest=today)
    return OwnerForm(name=name, address=address, notice_given_on=given) if name else None
