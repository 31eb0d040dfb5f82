"""A comment in the making: one question a page, answers carried along in the form, nothing kept before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from api.consultations.representations import SENTIMENTS, TOPICS, NewRepresentation
from api.core.page_forms import Answers

__all__ = ["FIELDS", "SENTIMENT_WORDS", "TOPIC_WORDS", "Draft", "read_draft", "steps_of"]

SENTIMENT_WORDS: Final[Mapping[str, str]] = {
    "objection": "I object to it",
    "support": "I support it",
    "neutral": "Neither: I have something to say",
}
TOPIC_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "design": ("Design", "How it looks, its size and materials"),
    "use": ("Use", "What the land or building will be used for"),
    "light": ("Light", "Shade, sunlight, daylight"),
    "privacy": ("Privacy", "Being overlooked"),
    "access": ("Access", "Getting in and out, for everybody"),
    "noise": ("Noise", "Noise, smells, dust"),
    "traffic": ("Traffic", "Traffic, parking, road safety"),
    "other": ("Something else", "Trees, wildlife, flooding, heritage or anything else"),
}
LONGEST_TEXT: Final = 2_400
"""Characters on one topic: with all eight it is still under what a comment may have."""
_LONGEST_ADDRESS: Final = 400
FIELDS: Final = (
    "step",
    "go",
    "sentiment",
    *(f"topics-{topic}" for topic in TOPICS),
    *(f"text-{topic}" for topic in TOPICS),
    "name",
    "address",
    "email",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has answered so far; empty where they have not come to it."""

    sentiment: str
    topics: tuple[str, ...]
    texts: Mapping[str, str]
    name: str
    address: str
    email: str

    def representation(self) -> NewRepresentation:
        """The comment as it is kept: the texts under the names of their topics."""
        parts = [f"{TOPIC_WORDS[topic][0]}: {self.texts[topic]}" for topic in self.topics]
        return NewRepresentation(self.sentiment, self.topics, "\n\n".join(parts), self.name, self.address, self.email)


def steps_of(topics: tuple[str, ...]) -> tuple[str, ...]:
    """The questions in their order; each topic that was selected has its own."""
    return ("sentiment", "topics", *(f"text-{topic}" for topic in topics), "name", "address", "email", "check")


def read_draft(answers: Answers, upto: str) -> tuple[Draft, str]:
    """The answers in the form, and the question to show next.

    Every question up to `upto` is read; the first with a fault is shown again. Who comes back from the check to
    change one answer goes to the check again, by way of what a new topic still asks. An unknown `upto` begins anew.
    """
    topics = answers.ticked("topics", TOPICS)
    steps = steps_of(topics)
    if upto not in steps:
        return _draft(answers, topics), steps[0]
    for step in steps[: steps.index(upto) + 1]:
        _read(answers, step, topics)
        if answers.errors:
            return _draft(answers, topics), step
    wanted = answers.fields.get("go", "")
    if upto == "check" and wanted in steps:
        return _draft(answers, topics), wanted
    rest = steps[steps.index(upto) + 1 :]
    if "email" in answers.fields:
        rest = tuple(step for step in rest if step.startswith("text-") and not answers.fields.get(step, "").strip())
    return _draft(answers, topics), rest[0] if rest else "check"


def _read(answers: Answers, step: str, topics: tuple[str, ...]) -> None:
    """Read one question, the check without any."""
    if step == "topics" and not topics:
        answers.fault(f"topics-{TOPICS[0]}", "Select at least one topic")
    elif step.startswith("text-"):
        answers.text(step, ask="Enter your comment", longest=LONGEST_TEXT)
    elif step in _READERS:
        _READERS[step](answers)


def _read_address(answers: Answers) -> None:
    given = answers.text("address", ask="Enter your address", longest=_LONGEST_ADDRESS)
    if 0 < len(given) < len("1 A"):
        answers.fault("address", "Enter your whole address")


_READERS: Final[Mapping[str, Callable[[Answers], object]]] = {
    "sentiment": lambda answers: answers.choice("sentiment", SENTIMENTS, ask="Select what you think of it"),
    "name": lambda answers: answers.text("name", ask="Enter your name"),
    "address": _read_address,
    "email": lambda answers: answers.email("email"),
}


def _draft(answers: Answers, topics: tuple[str, ...]) -> Draft:
    fields = {name: value.replace("\r\n", "\n").strip() for name, value in answers.fields.items()}
    return Draft(
        sentiment=fields.get("sentiment", ""),
        topics=topics,
        texts={topic: fields.get(f"text-{topic}", "") for topic in TOPICS},
        name=fields.get("name", ""),
        address=fields.get("address", ""),
        email=fields.get("email", ""),
    )
