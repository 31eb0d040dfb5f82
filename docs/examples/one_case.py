"""One householder case from submission to decision notice, over HTTP alone, by three officers and two programs.

    python docs/examples/one_case.py                          # a server of its own, with a clock that it moves
    python docs/examples/one_case.py http://127.0.0.1:8000    # the server of `bopsgis demo`, as far as today allows

Both need what `bopsgis demo` (or `bopsgis demo --prepare-only`) makes. On a server of its own the case is decided
and the audit verified, before and after one of its rows is changed by SQL. On another server the periods for
comments take their time: the script says from which day the case may be decided, and stops.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import hashlib
import re
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import requests
from householder import PRIVATE, application, drawing
from own_server import own_server

from api.core import clock
from api.sample.load import officers
from bopsgis.planning.case import Role
from bopsgis.planning.redaction import PUBLIC_REPRESENTATION

MAIL_WITHIN_S = 60


class Refused(Exception):
    """The server did not do what was asked."""


class Browser:
    """Somebody in front of a browser, or a program: what they ask of the server, and what it answers."""

    def __init__(self, address: str, key: str = "") -> None:
        self.address = address
        self.session = requests.Session()
        self.session.headers["Origin"] = address
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str) -> requests.Response:
        """Read."""
        return self._ask("GET", path)

    def post(self, path: str, **content: Any) -> Any:
        """Send; the answer's JSON, None for an answer without one. `content` as for requests."""
        answer = self._ask("POST", path, **content)
        return answer.json() if answer.content else None

    def sign_in(self, role: Role) -> None:
        """Sign in as the sample council's officer with this role."""
        one = next(officer for officer in officers() if officer.role is role)
        self.post("/api/v2/session", json={"email": one.email, "password": one.password})

    def _ask(self, method: str, path: str, **content: Any) -> requests.Response:
        """Ask once, and once more after the pause that a server wants which was asked too often."""
        answer = self.session.request(method, f"{self.address}{path}", timeout=60, **content)
        if answer.status_code == 429:
            time.sleep(int(answer.headers.get("Retry-After", "60")))
            answer = self.session.request(method, f"{self.address}{path}", timeout=60, **content)
        if answer.status_code >= 400:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer


@dataclass
class Journey:
    """A case on its way, and everybody who has to do with it."""

    address: str
    mail: Path
    reference: str = ""

    def __post_init__(self) -> None:
        self.assessor, self.reviewer, self.administrator = (Browser(self.address) for _ in range(3))
        self.everybody = Browser(self.address)

    @property
    def case(self) -> str:
        """Path of the case."""
        return f"/api/v2/cases/{self.reference}"

    @property
    def public(self) -> str:
        """Path of the case on the register."""
        return f"/api/v2/public/cases/{self.reference}"

    def act(self, who: Browser, name: str, **fields: Any) -> dict[str, Any]:
        """An act on the case as it is now."""
        version = who.get(self.case).json()["version"]
        done: dict[str, Any] = who.post(f"{self.case}/{name}", json={"version": version, **fields})
        return done


def say(words: str) -> None:
    """Tell whoever watches."""
    print(words, flush=True)


def receive(journey: Journey) -> None:
    """A portal, with a key that the administrator makes, sends an application in the Open Digital Planning schema."""
    scopes = ["submissions:write", "documents:write"]
    made = journey.administrator.post(
        "/api/v2/clients", json={"name": f"Portal {uuid.uuid4().hex[:6]}", "scopes": scopes}
    )
    portal = Browser(journey.address, made["key"])
    place = portal.get("/api/places?q=street&limit=40").json()["addresses"][17]
    sent = portal.post("/api/v2/submissions", json=application(place), headers={"Idempotency-Key": uuid.uuid4().hex})
    journey.reference = sent["reference"]
    say(f"received {journey.reference}: {place['address']}; missing: {sent['missing'] or 'nothing'}")
    present = [
        one["name"] for one in journey.assessor.get(f"{journey.case}/constraints").json() if one["status"] == "present"
    ]
    say(f"constraints on the site: {', '.join(present) or 'none'}")
    for tag, number in (("locationPlan", "L-01"), ("sitePlan.proposed", "P-01"), ("elevations.proposed", "P-02")):
        portal.post(
            f"{journey.case}/documents",
            files={"file": (f"{number}.png", drawing(number), "image/png")},
            data={"tags": tag, "title": f"Drawing {number}", "numbers": number},
        )
    for one in journey.assessor.get(f"{journey.case}/documents").json()["documents"]:
        path = f"{journey.case}/documents/{one['id']}"
        changed = journey.assessor.post(path, json={"version": one["version"], "in_decision_notice": True})
        say(f"document {one['file_name']} kept, sha256 {changed['sha256'][:12]}...")


def ask_the_applicant(journey: Journey) -> None:
    """The application is invalid until the applicant has answered through the secret link of a mail."""
    journey.act(
        journey.assessor, "requests", kind="other_change", reason="Say what the walls are made of.",
        details={"suggestion": "For example: bricks to match the house."},
    )  # fmt: skip
    journey.act(journey.assessor, "invalidate")
    link = secret_in_mail(journey)
    asked = journey.everybody.get(f"/api/v2/public/requests/{link}").json()
    say(f"asked the applicant by mail: {asked['reason']} (answer by {asked['due_on']})")
    journey.everybody.post(f"/api/v2/public/requests/{link}", json={"text": "Bricks to match the house."})
    journey.act(journey.assessor, "resubmit")


def validate(journey: Journey) -> None:
    """Everything is there: the case is valid and goes on the register."""
    received = journey.assessor.get(journey.case).json()["received_on"]
    valid = journey.act(journey.assessor, "validate", valid_on=received)
    say(f"valid from {valid['valid_on']}; to be decided by {valid['determination_deadline']}")


def today_of(journey: Journey) -> str:
    """The server's date: of the newest thing in the case's audit."""
    events = journey.assessor.get(f"{journey.case}/audit").json()
    return str(events[-1]["at"])[:10]


def secret_in_mail(journey: Journey) -> str:
    """The secret of the link that the worker has sent to the applicant."""
    give_up = time.monotonic() + MAIL_WITHIN_S
    while time.monotonic() < give_up:
        for file in journey.mail.glob("*.eml") if journey.mail.is_dir() else ():
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            body = message.get_body()
            words = "" if body is None else str(body.get_content())
            found = re.search(r"/requests/([A-Za-z0-9_-]{20,})", words)
            if found and journey.reference in words:
                return found[1]
        time.sleep(0.5)
    raise Refused(f"no mail about {journey.reference} came into {journey.mail}")


def consult(journey: Journey) -> date:
    """Neighbours, notices and consultees; a member of the public comments. The day from which it may be decided."""
    chosen = journey.assessor.post(f"{journey.case}/neighbours/choose", json={"distance_m": 15})
    say(f"neighbours within 15 m: {len(chosen['added'])}")
    if not chosen["added"]:
        journey.assessor.post(f"{journey.case}/neighbours", json={"address": "The house next door"})
    letters = journey.assessor.post(f"{journey.case}/letters", json={})
    say(f"letters: {letters['letters']}, served on {letters['served_on']}, comments until {letters['ends_on']}")
    day = today_of(journey)
    due = journey.assessor.get(f"{journey.case}/publicity").json()["due"]
    for means in {"site_notice", *(words.replace(" ", "_") for words in due if " or " not in words)}:
        notice = journey.assessor.post(f"{journey.case}/notices", json={"means": means})
        journey.assessor.post(f"{journey.case}/notices/{notice['id']}/confirm", json={"given_on": day})
    proposed = [one["who"] for one in journey.assessor.get(f"{journey.case}/consultees/proposed").json()]
    say(f"consultees proposed from the constraints: {', '.join(proposed) or 'none'}")
    body = {"organisation": "Tree officer", "email": "trees@thistleford.example", "reasons": ["There is a hedge."]}
    consultee = journey.assessor.post(f"{journey.case}/consultees", json=body)["id"]
    journey.assessor.post(f"{journey.case}/consultees/{consultee}/consult", json={})
    said = {"verdict": "no_objection", "text": "The hedge stays.", "received_on": day}
    journey.assessor.post(f"{journey.case}/consultees/{consultee}/responses", json=said)
    comment(journey)
    state = journey.assessor.get(f"{journey.case}/publicity").json()
    say(f"publicity still due: {', '.join(state['due']) or 'none'}; may be decided from {state['earliest_decision']}")
    return date.fromisoformat(state["earliest_decision"])


def comment(journey: Journey) -> None:
    """Somebody comments on the register; an officer redacts the comment and publishes it."""
    receipt = journey.everybody.post(
        f"{journey.public}/representations",
        json={
            "sentiment": "objection", "topics": ["light"], "text": "It will darken my kitchen. Ring me: 0000 123 456.",
            "name": "A. Neighbour", "address": PRIVATE[3], "email": PRIVATE[2],
        },
    )  # fmt: skip
    number = receipt["reference"].rpartition("-")[2]
    body = {"redacted_text": "It will darken my kitchen.", "street": "Private Close", "publish": True}
    journey.assessor.post(f"{journey.case}/representations/{number}/moderate", json=body)
    say(f"comment {receipt['reference']} received, redacted and published")


def assess(journey: Journey) -> None:
    """The case officer writes the assessment, looks at the usual conditions, and recommends."""
    history = journey.assessor.get(f"{journey.case}/site-history").json()
    say(f"earlier cases on this land: {len(history)}")
    write = {
        "summary_of_works": {"text": "A single-storey extension of brick at the rear."},
        "considerations": {
            "considerations": [
                {
                    "policy_area": "Design",
                    "policies": [
                        {"code": "D1", "title": "Good design", "edition": "Local Plan", "edition_date": "2024-01-15"}
                    ],
                    "assessment": "The extension is low and of matching brick.",
                    "conclusion": "It accords with policy D1.",
                }
            ]
        },
        "conditions": journey.assessor.get(f"{journey.case}/standard-conditions").json(),
        "informatives": {"informatives": [{"title": "Party wall", "text": "The Party Wall Act may apply."}]},
    }
    for section, content in write.items():
        journey.act(journey.assessor, "assessment", section=section, **content)
    journey.act(journey.assessor, "recommend", decision="granted", reasons=["It accords with the development plan."])
    say(f"assessed in {len(write)} sections and recommended for approval; no committee is needed")


def review(journey: Journey) -> None:
    """The reviewer judges section by section."""
    written = journey.reviewer.get(f"{journey.case}/assessment").json()["sections"]
    for section in (*(one["section"] for one in written), "recommendation"):
        journey.act(journey.reviewer, "reviews", section=section, verdict="accepted")
    say("reviewed section by section, all accepted")


def decide(journey: Journey) -> None:
    """The reviewer decides; everybody can read the notice, in the bytes that the audit speaks of."""
    decided = journey.act(journey.reviewer, "decide", decision="granted")
    say(f"decided on {decided['decided_on']}: {decided['decision']}")
    events = journey.reviewer.get(f"{journey.case}/audit").json()
    issued = next(one["detail"] for one in events if one["act"] == "issue_notice")
    for kind in ("html", "pdf"):
        notice = journey.everybody.get(f"{journey.public}/decision-notice.{kind}").content
        digest = hashlib.sha256(notice).hexdigest()
        expect(digest == issued[f"{kind}_sha256"], f"the notice ({kind}) has the hash that the audit names")
        say(f"notice as {kind}: {len(notice):,} bytes, sha256 {digest[:12]}... as in the audit")


def look_at_the_register(journey: Journey) -> None:
    """What everybody sees is what may be seen."""
    for one in journey.reviewer.get(f"{journey.case}/documents").json()["documents"]:
        journey.reviewer.post(f"{journey.case}/documents/{one['id']}/publish", json={"version": one["version"]})
    comments = journey.everybody.get(f"{journey.public}/representations").json()
    allowed = {path.removesuffix("[]") for path in PUBLIC_REPRESENTATION}
    expect(bool(comments) and all(set(one) <= allowed for one in comments), "comments show allowed fields only")
    paths = ("representations", "consultees", "documents", "decision-notice.html")
    seen = "".join(journey.everybody.get(f"{journey.public}/{path}").text for path in paths)
    expect(not any(secret in seen for secret in PRIVATE), "nothing given in confidence is public")
    expect(seen.count("L-01") > 0, "the published documents are listed")
    stranger = requests.get(f"{journey.address}{journey.case}", timeout=60)
    expect(stranger.status_code == 401, "the officers' view of the case is closed to strangers")
    say("the register shows the comment, the documents and the notice, and nothing that was given in confidence")


def expect(holds: bool, what: str) -> None:  # noqa: FBT001  # a sentence that is true or not
    """Raise Refused where something is not as it should be."""
    if not holds:
        raise Refused(f"this does not hold: {what}")


def drive(address: str, mail: Path, wait_until: Callable[[date], bool]) -> bool:
    """Take one case through; False where the day of its decision has not come. Raises Refused where it is not done."""
    journey = Journey(address, mail)
    journey.assessor.sign_in(Role.ASSESSOR)
    journey.administrator.sign_in(Role.ADMINISTRATOR)
    receive(journey)
    ask_the_applicant(journey)
    received = date.fromisoformat(journey.assessor.get(journey.case).json()["received_on"])
    if not wait_until(received):
        say(f"What comes in outside working days counts from the next: the case may be valid from {received}.")
        return False
    journey.assessor.sign_in(Role.ASSESSOR)  # sessions do not last from day to day
    validate(journey)
    may_decide = consult(journey)
    assess(journey)
    journey.reviewer.sign_in(Role.REVIEWER)
    review(journey)
    if not wait_until(may_decide):
        say(f"The case may be decided from {may_decide}: until then everybody may comment.")
        return False
    journey.reviewer.sign_in(Role.REVIEWER)
    decide(journey)
    look_at_the_register(journey)
    return True


def drive_own(home: Path, database: str) -> None:
    """Take one case through on a server of our own, verify its audit, spoil it, and verify it again."""
    with own_server(home, database) as server:

        def wait_until(day: date) -> bool:
            if day > clock.today():
                say(f"(the clock of this server is moved to {day})")
                server.move_to(day)
            return True

        drive(server.address, server.mail, wait_until)
        expect(server.verify_audit() == 0, "the audit's chain is whole")
        say("audit verified: the chain is whole")
        say(f"event {server.tamper()} of the audit is changed by SQL, behind the service's back")
        expect(server.verify_audit() == 3, "the change is found")
        say("audit verified again: the change is found")


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "address", nargs="?", default="", help="of a running `bopsgis demo`; left out: a server of its own"
    )
    parser.add_argument("--home", type=Path, default=Path(".bopsgis"), help="what `bopsgis demo --prepare-only` made")
    parser.add_argument("--database", default="", help="URL of an empty database for the server of its own")
    chosen = parser.parse_args()
    try:
        if chosen.address:
            mail = chosen.home / "outbox" / "mail"
            drive(chosen.address.rstrip("/"), mail, lambda day: day <= clock.today())
        else:
            drive_own(chosen.home, chosen.database)
    except Refused as refused:
        say(str(refused))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
