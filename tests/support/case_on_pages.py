"""What officers and neighbours do to a case on its pages, from its validity to its decision; each says what it saw."""

from __future__ import annotations

import re
from datetime import date

from support.visitor import Visitor

__all__ = [
    "NEIGHBOUR",
    "answer_comment",
    "comment",
    "decide",
    "make_valid",
    "open_section",
    "recommend",
    "review",
    "send_letters",
    "take_conditions",
    "turn_to",
    "weigh",
    "write_section",
]

CASE_PAGES = "nav[aria-label='Pages of this case']"
EDITION = date(2024, 3, 1)
NEIGHBOUR = "Nora Neighbour"


def turn_to(officer: Visitor, page: str) -> None:
    """Another page of the case, by the row of links at its top."""
    officer.follow(page, officer.page.locator(CASE_PAGES))


def make_valid(officer: Visitor) -> None:
    """Mark the application as valid from the day that the page proposes."""
    turn_to(officer, "Validation")
    officer.press("Mark as valid")
    officer.press("Mark as valid")
    officer.see("The application is valid.", "Decision due in")


def send_letters(officer: Visitor) -> None:
    """Write to the neighbours on the list."""
    turn_to(officer, "Neighbours")
    officer.press("Write to neighbours")
    officer.see("Dear occupier")
    officer.press("Send the letters")
    officer.see("The letters are on their way.", "comments until")


def comment(neighbour: Visitor, text: str) -> None:
    """From the case on the register through the questions, one a page, to the comment's reference."""
    neighbour.press("Comment on this application")
    neighbour.press("Start")
    neighbour.choose("I object to it")
    neighbour.press("Continue")
    neighbour.choose("Light")
    neighbour.press("Continue")
    for answer in (text, NEIGHBOUR, "5 Kingfisher Way, Thistleford", ""):
        neighbour.page.get_by_role("textbox").fill(answer)
        neighbour.typed.append(answer)
        neighbour.press("Continue")
    neighbour.see("Check your comment before you send it", text)
    neighbour.press("Send comment")
    neighbour.see("Comment sent", "Your reference")


def answer_comment(officer: Visitor, redacted: str) -> None:
    """Read the first comment that nobody has read, take out what is personal, and publish it."""
    turn_to(officer, "Comments")
    officer.follow(re.compile("^Read and redact"))
    assert officer.page.locator("mark").count() > 0
    officer.page.locator("#text").fill(redacted)
    officer.page.locator("#publish").check()
    officer.press("Save")
    officer.see(redacted)


def open_section(officer: Visitor, title: str) -> None:
    """The page on which a section of the assessment is written."""
    turn_to(officer, "Assessment")
    officer.follow(re.compile(f"^(Write|Change) ?: {title}$"))


def write_section(officer: Visitor, title: str, text: str) -> None:
    """Write a section that is one text."""
    open_section(officer, title)
    officer.fill(title, text)
    officer.press("Save the section")


def weigh(officer: Visitor) -> None:
    """One consideration, with the policy that it is measured against."""
    open_section(officer, "Considerations and policies")
    officer.press("Add an entry")
    officer.page.locator("#policy_area").fill("Design")
    for name, text in (("code", "D1"), ("title", "Good design"), ("edition", "Local Plan")):
        officer.page.locator(f"#{name}").fill(text)
    officer.day("edition_date", EDITION)
    officer.page.locator("#assessment").fill("The extension is low and of matching brick.")
    officer.page.locator("#conclusion").fill("It accords with policy D1.")
    officer.press("Save the entry")


def take_conditions(officer: Visitor) -> None:
    """The usual conditions of the type of application."""
    open_section(officer, "Conditions")
    officer.press("Take from the standard texts")
    officer.choose(re.compile("Time limit: "))
    officer.choose(re.compile("Approved plans: "))
    officer.press("Take them")
    officer.see("Time limit", "Approved plans")


def recommend(officer: Visitor) -> None:
    """Recommend that permission be granted."""
    turn_to(officer, "Assessment")
    officer.press("Recommend a decision")
    officer.choose("Granted")
    officer.fill("Reasons", "It accords with the development plan.")
    officer.press("Recommend")
    officer.see("The recommendation is with the reviewer.")


def review(officer: Visitor) -> int:
    """Accept each section that was written; how many there were."""
    turn_to(officer, "Review and decision")
    links = officer.page.get_by_role("link", name=re.compile("^Review ?: ")).all()
    titles = [(link.text_content() or "").partition(": ")[2] for link in links]
    for title in titles:
        officer.follow(re.compile(f"^Review ?: {title}$"))
        officer.choose("Accept it")
        officer.press("Save the verdict")
    return len(titles)


def decide(officer: Visitor) -> None:
    """Decide as recommended."""
    turn_to(officer, "Review and decision")
    officer.press("Decide")
    officer.press("Decide and issue the notice")
    officer.see("Decided: granted")
