"""Commenting without an account and without JavaScript, page by page, on both stores."""

from __future__ import annotations

import html
import re

from support.casework import OFFICER
from support.registers import Register

from api.cases import store as cases
from api.consultations import store
from api.consultations.tables import RepresentationRow

OWN = {"sec-fetch-site": "same-origin"}
ANSWERS = [
    {"sentiment": "objection"},
    {"topics-light": "1", "topics-traffic": "1"},
    {"text-light": "It takes the morning sun."},
    {"text-traffic": "The lane is too narrow."},
    {"name": "Siân O'Neill"},
    {"address": "3 Mill Lane\r\nAnytown ZZ1 1AA"},
    {"email": ""},
]


def hidden(page: str) -> dict[str, str]:
    """The answers that a page carries along."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def heading(page: str) -> str:
    """The page's question."""
    found = re.search(r"<h1[^>]*>\s*(?:<label[^>]*>)?([^<]+)", page) or re.search(r"<h1[^>]*>([^<]+)", page)
    assert found is not None
    return html.unescape(found[1]).strip()


def kept(register: Register, reference: str) -> list[RepresentationRow]:
    """The comments that were kept on a case."""
    with register.database.reading(OFFICER) as work:
        rows = store.representations(work, cases.get(work, reference))
        work.session.expunge_all()
        return rows


def walk(register: Register, path: str) -> tuple[str, list[str]]:
    """Answer every question in turn; the check page, and the headings that were met."""
    page, met = register.browser.post(path, data={"step": ""}, headers=OWN).text, []
    for answer in ANSWERS:
        met.append(heading(page))
        page = register.browser.post(path, data={**hidden(page), **answer}, headers=OWN).text
    return page, met


def test_a_comment_from_start_to_reference(register: Register) -> None:
    """One question a page, each topic with its own; sent once however often the button is pressed; kept whole."""
    reference = register.references["1 Mill Lane"]
    path = f"/applications/{reference}/comment"
    start = register.browser.get(path).text
    assert "What the council can take into account" in start
    check, met = walk(register, path)
    assert met[0] == "What do you think of this application?"
    assert met[2:4] == ["Light: what do you want to say?", "Traffic: what do you want to say?"]
    assert heading(check) == "Check your comment before you send it"
    for words in ("I object to it", "Light, Traffic", "It takes the morning sun.", "O&#39;Neill"):
        assert words in check
    assert not kept(register, reference)
    for _ in range(2):
        sent = register.browser.post(path, data=hidden(check), headers=OWN, follow_redirects=False)
        assert sent.headers["location"] == f"{path}/sent?number=1"
    assert f"<strong>{reference}-1</strong>" in register.browser.get(sent.headers["location"]).text
    (one,) = kept(register, reference)
    assert (one.sentiment, one.topics, one.name) == ("objection", ["light", "traffic"], "Siân O'Neill")
    assert one.text == "Light: It takes the morning sun.\n\nTraffic: The lane is too narrow."
    assert "morning sun" not in register.browser.get(f"/applications/{reference}").text


def test_changing_one_answer_comes_back_to_the_check(register: Register) -> None:
    """From the check one answer is changed; a new topic asks its own question, and then the check is next again."""
    path = f"/applications/{register.references['1 Mill Lane']}/comment"
    check, _ = walk(register, path)
    topics = register.browser.post(path, data={**hidden(check), "go": "topics"}, headers=OWN).text
    assert heading(topics) == "What is your comment about?"
    chosen = {**hidden(topics), "topics-light": "1", "topics-noise": "1"}
    noise = register.browser.post(path, data=chosen, headers=OWN).text
    assert heading(noise) == "Noise: what do you want to say?"
    again = register.browser.post(path, data={**hidden(noise), "text-noise": "It hums."}, headers=OWN).text
    assert heading(again) == "Check your comment before you send it"
    assert "Light, Noise" in again
    assert "too narrow" not in again.split("<dl")[1].split("</dl>")[0]


def test_each_question_says_what_is_wrong(register: Register) -> None:
    """Empty and overlong answers come back as the same question with the fault; a jump ahead cannot skip one."""
    path = f"/applications/{register.references['1 Mill Lane']}/comment"
    for given, message in (
        ({"step": "sentiment"}, "Select what you think"),
        ({"step": "topics", "sentiment": "support"}, "Select at least one topic"),
        ({"step": "text-light", "sentiment": "support", "topics-light": "1"}, "Enter your comment"),
        (
            {"step": "text-light", "sentiment": "support", "topics-light": "1", "text-light": "x" * 2_401},
            "2,400 characters or fewer",
        ),
        ({"step": "check", "sentiment": "support"}, "Select at least one topic"),
    ):
        answer = register.browser.post(path, data=given, headers=OWN)
        assert answer.status_code == 422
        assert message in answer.text
        assert "<title>Error: " in answer.text
    foreign = register.browser.post(path, data={"step": ""}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert register.browser.post(path, data={"step": "", "published": "1"}, headers=OWN).status_code == 400


def test_nobody_comments_on_what_is_not_public(register: Register) -> None:
    """A case that is not on the register has no such pages."""
    path = f"/applications/{register.references['Hidden House']}/comment"
    assert register.browser.get(path).status_code == 404
    assert register.browser.post(path, data={"step": ""}, headers=OWN).status_code == 404


def test_a_flood_from_one_address_is_held_up(register: Register) -> None:
    """The eleventh comment within an hour from one address is refused on the page, and not kept."""
    reference = register.references["2 Mill Lane"]
    path = f"/applications/{reference}/comment"
    whole = {key: value for answer in ANSWERS for key, value in answer.items()} | {"step": "check"}
    answers = [
        register.browser.post(path, data={**whole, "name": f"Writer {n}"}, headers=OWN, follow_redirects=False)
        for n in range(11)
    ]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert "too often" in answers[-1].text
    assert len(kept(register, reference)) == 10
