"""docs/walkthrough.md, step by step, in a fresh demo: its steps are these, and what it says is so."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.case_on_pages import (
    NEIGHBOUR,
    answer_comment,
    comment,
    decide,
    make_valid,
    recommend,
    review,
    send_letters,
    take_conditions,
    turn_to,
    weigh,
    write_section,
)
from support.live import command_line
from support.visitor import Visitor

from api.cli.demo import WALKTHROUGH

pytestmark = pytest.mark.browser

PASSWORDS = {"assessor": "heron walks at noon", "reviewer": "badger reads at dusk"}
ADDRESS = "7 Kingfisher Way, Thistleford"
LATER = ("--days-later", "35")


@dataclass
class Demo:
    """`bopsgis demo` in a home of its own, which can be stopped and started again."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *words: str) -> None:
        """Start it, and wait until it answers."""
        self.process = command_line(self.home, "demo", "--no-browser", "--port", str(self.port), *words)
        while True:
            assert self.process.poll() is None, "the demo ended while it was starting"
            try:
                with urllib.request.urlopen(f"{self.address}/live"):  # noqa: S310  # our own address
                    return
            except OSError:
                time.sleep(0.2)

    def stop(self) -> None:
        """Ctrl+C."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait() in {0, 130}


@dataclass
class Walk:
    """A new officer with the document in hand."""

    visitor: Visitor
    demo: Demo

    def sign_in(self, role: str) -> None:
        """Sign in from whatever page there is."""
        self.visitor.follow("Officers: sign in")
        self.visitor.fill("Email address", f"{role}@thistleford.example")
        self.visitor.fill("Password", PASSWORDS[role])
        self.visitor.press("Sign in")


Act = Callable[[Walk], None]
STEPS: list[tuple[str, Act]] = []


def step(words: str) -> Callable[[Act], Act]:
    """The next step of the document, word for word, and what a reader of it does and sees."""

    def kept(act: Act) -> Act:
        STEPS.append((words, act))
        return act

    return kept


@step("""Open <http://127.0.0.1:8000>. The grey line at the top says that **Thistleford** is **a made-up town**.
Choose **Officers: sign in**.""")
def _arrive(walk: Walk) -> None:
    walk.visitor.open("/")
    walk.visitor.follow("Officers: sign in")


@step("""Sign in as the case officer: **Email address** `assessor@thistleford.example`, **Password** `heron walks at
noon`. You come to **Cases**; your name stands at the top, beside **Sign out**.""")
def _sign_in(walk: Walk) -> None:
    walk.sign_in("assessor")
    walk.visitor.see("Sample Assessor (assessor)")


@step("""The tabs say how many cases are **Mine**, **Unassigned**, **Awaiting my review**, **Overdue**, and in all.
Choose **All cases**: there are **35 cases**, page by page.""")
def _all_cases(walk: Walk) -> None:
    walk.visitor.follow(re.compile("^All cases"))
    walk.visitor.see("35 cases, page 1 of 2")


@step("""Choose **Overdue**. It is said in words by how many days the decision is late; below the list are the same
cases on a map, by the same numbers, and the **Workload** of each officer.""")
def _overdue(walk: Walk) -> None:
    walk.visitor.follow(re.compile("^Overdue"))
    walk.visitor.see("days overdue")
    walk.visitor.page.get_by_role("button", name=re.compile("^Show on map")).first.click()
    walk.visitor.see("Map shows number 1, ")


@step("""Choose **All cases**, type `roof` in **Search** and press **Find applications**. Fewer cases are left, in the
list and on the map. **Clear all** under **Filters in use** takes the filter away.""")
def _search(walk: Walk) -> None:
    walk.visitor.follow(re.compile("^All cases"))
    walk.visitor.fill("Search", "roof")
    walk.visitor.press("Find applications")
    walk.visitor.see("“roof”")
    found = walk.visitor.page.get_by_role("row").filter(has=walk.visitor.page.get_by_role("cell"))
    assert 0 < found.count() < 20
    walk.visitor.follow("Clear all")


@step("""Choose **Map** at the top of the page. It is the map of constraints: **Layers and key** says what is drawn,
and **Designations in view** lists exactly that. Press **What is at the cross on the map?**: the answer comes below
the map, with what follows from each designation.""")
def _map(walk: Walk) -> None:
    walk.visitor.follow("Map")
    walk.visitor.page.get_by_role("button", name="What is at the cross on the map?").click()
    expect(walk.visitor.page.locator("#found h2").first).to_be_focused()


@step("""Choose **Cases**, then **Unassigned**, then **7 Kingfisher Way, Thistleford**: a household wants an
extension. Under **What is to be done** every step of the case is marked as done, to do, or why it cannot be done yet.
Press **Change** beside **Case officer**, select **Sample Assessor**, and press **Give the case**.""")
def _take_the_case(walk: Walk) -> None:
    officer = walk.visitor
    officer.follow("Cases")
    officer.follow(re.compile("^Unassigned"))
    officer.follow(ADDRESS)
    officer.see("not valid yet")
    officer.follow(re.compile("^Change"))
    officer.choose("Sample Assessor")
    officer.press("Give the case")
    officer.see("The case has been given to the officer.")


@step("""Choose **Documents** in the row of pages: three drawings, each with its tag, none public yet. Choose
**Constraints**: nothing was found on the site or near it. Unfold **Not known**: these are the kinds of which there
are no complete data, and so nobody says that they are absent.""")
def _look_at_the_papers(walk: Walk) -> None:
    officer = walk.visitor
    turn_to(officer, "Documents")
    officer.see("Location plan", "Site plan, proposed", "Elevations, proposed", "Not public")
    turn_to(officer, "Constraints")
    officer.see("Nothing was found.")
    officer.unfold("Not known")


@step("""Choose **Validation**: **Nothing is known to be missing.** Press **Mark as valid**, leave the date as it is,
and press **Mark as valid** again. Now the line at the top says **Decision due in** so many days. Choose **Overview**
and unfold **How the date for the decision was worked out**: eight weeks, step by step.""")
def _validate(walk: Walk) -> None:
    make_valid(walk.visitor)
    turn_to(walk.visitor, "Overview")
    walk.visitor.unfold("How the date for the decision was worked out")
    walk.visitor.see("8 weeks")


@step("""Choose **Neighbours** and press **Choose neighbours**. **Their land shares a boundary with the site** is
selected: press **Choose**. Each neighbour on the list has its number on the map; **Show on map** leads to it.""")
def _neighbours(walk: Walk) -> None:
    officer = walk.visitor
    turn_to(officer, "Neighbours")
    officer.press("Choose neighbours")
    officer.press("Choose")
    officer.see("Neighbours have been put on the list.")
    assert officer.page.locator("[data-show]:visible").count() > 0


@step("""Press **Write to neighbours**, read **The letter as it would go out now**, and press **Send the letters**. It
is said until when comments may come. Choose **Publicity**: nothing is still due, since neighbours have been written
to.""")
def _letters(walk: Walk) -> None:
    send_letters(walk.visitor)
    turn_to(walk.visitor, "Publicity")
    expect(walk.visitor.page.locator("main")).not_to_contain_text("Still due")


@step("""You are a neighbour now. Press **Sign out**, choose **Applications**, type `kingfisher` in **Search**, press
**Find applications**, and choose **7 Kingfisher Way, Thistleford**. **What happens next** says that comments are
open. Press **Comment on this application** and answer one question a page: you object, because of the light. Write
`It takes my light. Call 01632 960123.` and give any name and address. Check it, and press **Send comment**. You get
**Your reference**.""")
def _comment(walk: Walk) -> None:
    neighbour = walk.visitor
    neighbour.press("Sign out")
    neighbour.follow("Applications")
    neighbour.fill("Search", "kingfisher")
    neighbour.press("Find applications")
    neighbour.follow(ADDRESS)
    comment(neighbour, "It takes my light. Call 01632 960123.")


@step("""Nobody may decide before the neighbours have had their time. Stop the demo with Ctrl+C, and let five weeks go
by: `python3 -m bopsgis demo --days-later 35`. Sign in as the case officer again and open the case under **Mine**.""")
def _five_weeks(walk: Walk) -> None:
    walk.demo.stop()
    walk.demo.start(*LATER)
    walk.visitor.typed.append(f"python3 -m bopsgis demo {' '.join(LATER)}")
    walk.visitor.open("/")
    walk.sign_in("assessor")
    walk.visitor.see("Mine")
    walk.visitor.follow(ADDRESS)


@step("""Choose **Comments** and then **Read and redact**: the telephone number is marked. Take it out of the text,
tick **Publish it**, and press **Save**.""")
def _redact(walk: Walk) -> None:
    answer_comment(walk.visitor, "It takes my light.")


@step("""Choose **Assessment**. Write three sections, each with **Write** beside it: **Summary of works**, **Site and
surroundings**, and **Considerations and policies**, where **Add an entry** asks for one policy and what you conclude.
In **Conditions** press **Take from the standard texts** and take both.""")
def _assess(walk: Walk) -> None:
    write_section(walk.visitor, "Summary of works", "A single-storey extension of brick at the rear.")
    write_section(walk.visitor, "Site and surroundings", "A semi-detached house in a street of such houses.")
    weigh(walk.visitor)
    take_conditions(walk.visitor)


@step("""Choose **Assessment** again, press **Recommend a decision**, select **Granted**, give a reason, and press
**Recommend**. The case is **Awaiting review**: you cannot decide on your own recommendation.""")
def _recommend(walk: Walk) -> None:
    recommend(walk.visitor)
    turn_to(walk.visitor, "Review and decision")
    expect(walk.visitor.page.get_by_role("button", name="Decide", exact=True)).to_have_count(0)


@step("""Sign out, and sign in as the reviewer: `reviewer@thistleford.example`, `badger reads at dusk`. Choose
**Awaiting my review** and open **7 Kingfisher Way, Thistleford**. In **Review and decision** press **Review** at each
section, select **Accept it**, and press **Save the verdict**.""")
def _review(walk: Walk) -> None:
    walk.visitor.press("Sign out")
    walk.sign_in("reviewer")
    walk.visitor.follow(re.compile("^Awaiting my review"))
    walk.visitor.follow(ADDRESS)
    assert review(walk.visitor) == 5


@step("""Under **Decision notice** choose **web page**: the notice as it would be issued, marked as a draft. Go back,
press **Decide**, and then **Decide and issue the notice**. You see **Decided: granted**.""")
def _decide(walk: Walk) -> None:
    turn_to(walk.visitor, "Review and decision")
    walk.visitor.follow("web page")
    walk.visitor.see("Draft", "Time limit")
    walk.visitor.page.go_back()
    decide(walk.visitor)


@step("""Choose **History**. Everything that was done to the case stands there, newest first, with the day and the
officer. Nothing can be taken out of it.""")
def _history(walk: Walk) -> None:
    turn_to(walk.visitor, "History")
    walk.visitor.see("Decision notice issued", "Case decided", "Sample Assessor", "Sample Reviewer")


@step("""Press **Sign out**, choose **Applications**, type `kingfisher` in **Search**, press **Find applications**,
and choose **7 Kingfisher Way, Thistleford**. The register says **Granted**, how far the case came step by step, and
what the neighbour said: the street is named, the person and the telephone number are not.""")
def _register(walk: Walk) -> None:
    everybody = walk.visitor
    everybody.press("Sign out")
    everybody.follow("Applications")
    everybody.fill("Search", "kingfisher")
    everybody.press("Find applications")
    everybody.follow(ADDRESS)
    everybody.see("Granted", "It takes my light.", "Objects", "Kingfisher Way")
    for secret in ("01632", NEIGHBOUR, "applicant-one@"):
        expect(everybody.page.locator("body")).not_to_contain_text(secret)


@step("""Choose **Decision notice (web page)**: the notice with its conditions, which is no draft any more. Go back
and choose **Other applications near here**: each has its distance and direction, and the map shows exactly those in
the list.""")
def _notice(walk: Walk) -> None:
    everybody = walk.visitor
    everybody.follow("Decision notice (web page)")
    everybody.see("Time limit")
    expect(everybody.page.locator("body")).not_to_contain_text("Draft")
    everybody.page.go_back()
    everybody.follow("Other applications near here")
    everybody.see("measured from")
    assert everybody.page.locator(".app-case").count() > 0


@step("""Choose **Emails about new ones**, give an address, for example `resident@example.org`, and press **Send
confirmation email**. The demo sends nothing: the mail lies in `.bopsgis/outbox/mail`.""")
def _alert(walk: Walk) -> None:
    everybody = walk.visitor
    everybody.follow("Emails about new ones")
    everybody.fill("Email address", "resident@example.org")
    everybody.press("Send confirmation email")
    everybody.see("Check your email")
    mail = walk.demo.home / "outbox" / "mail"
    while not any(b"resident@example.org" in file.read_bytes() for file in mail.glob("*.eml")):
        everybody.page.wait_for_timeout(200)
    everybody.typed.append(".bopsgis/outbox/mail")


@step("""Choose **Check a site**, unfold **Look at an example in Thistleford**, and choose **In a conservation area**.
Any piece of land is checked in the same way: what is on it, beside it and near it, and **not known** where nobody can
say.""")
def _check_a_site(walk: Walk) -> None:
    everybody = walk.visitor
    everybody.follow("Check a site")
    everybody.unfold("Look at an example in Thistleford")
    everybody.follow("In a conservation area")
    everybody.see("not known")


def flat(words: str) -> str:
    """On one line."""
    return " ".join(words.split())


def test_the_document_has_these_steps(root: Path) -> None:
    """The numbered steps of the document are those that are walked below, word for word and in their order."""
    document = (root / WALKTHROUGH).read_text(encoding="utf-8")
    items = re.findall(r"^(\d+)\. (.*(?:\n   .*)*)", document, re.MULTILINE)
    assert [int(number) for number, _ in items] == list(range(1, len(STEPS) + 1))
    assert [flat(words) for _, words in items] == [flat(words) for words, _ in STEPS]
    sections = re.findall(r"^## (.*)$", document, re.MULTILINE)
    assert sections == ["Sign in", "Browse", "One case to its decision", "The public side"]


@pytest.fixture
def demo(sample_home: Path, tmp_path: Path) -> Iterator[Demo]:
    """A fresh demo: its cases are made at the first start."""
    for made in ("sample-town", "store"):
        (tmp_path / made).symlink_to(sample_home / made)
    with socket.create_server(("127.0.0.1", 0)) as free:
        started = Demo(tmp_path, free.getsockname()[1])
    started.start()
    yield started
    assert started.process is not None
    started.process.kill()
    started.process.wait()


def test_every_step_can_be_walked(
    watched: Callable[[str], AbstractContextManager[Callable[..., Page]]], demo: Demo
) -> None:
    """In a fresh demo each step can be done, shows every word in bold, and maps show what their lists say."""
    with watched(demo.address) as opened:
        walk = Walk(Visitor(opened("/")), demo)
        for words, act in STEPS:
            walk.visitor.read.clear()
            walk.visitor.typed.clear()
            act(walk)
            walk.visitor.look()
            seen, typed = " ".join(walk.visitor.read), walk.visitor.typed
            assert [one for one in re.findall(r"\*\*(.+?)\*\*", flat(words)) if one not in seen] == [], words
            assert [one for one in re.findall(r"`(.+?)`", flat(words)) if one not in typed] == [], words
            walk.visitor.weigh_scripts()
    demo.stop()
