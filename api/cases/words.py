"""The words by which a case is found, whatever their capitals, accents and punctuation.

A piece of text between spaces is kept whole without its punctuation (`26-00042-HAPP` as `2600042happ`), and in
its parts (`26`, `00042`, `42`, `happ`), so that it is found however it is typed. An apostrophe parts nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select

from api.cases.tables import CaseRow, CaseWordRow, PartyRow
from api.core.access import Access, visible_to
from api.core.db import Work

__all__ = ["found_by", "index_words", "words_of"]

LONGEST = 60
MOST_ASKED = 10
"""Of what somebody types, the first so many words count."""

SHORT = 2
"""A word of so few letters is asked for as it is: house number 1 is not every number that begins with 1."""

_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc"))
_BEYOND = "\U0010ffff"


def words_of(*texts: str | None) -> frozenset[str]:
    """All words of these texts, as they are kept: small letters and digits only."""
    found = set()
    for text in texts:
        for parts in _pieces(text or ""):
            found |= {"".join(parts)[:LONGEST], *(part[:LONGEST] for part in parts)}
            found |= {bare for part in parts if part.isdecimal() and (bare := part.lstrip("0"))}
    return frozenset(found)


def _pieces(text: str) -> Iterator[list[str]]:
    """The parts of each piece of text between spaces: `rear/side` is (rear, side), `O'Neill's` is (oneills)."""
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    kept = (character for character in folded if not unicodedata.combining(character))
    spaced = "".join(c if c.isalnum() else " " if c.isspace() else "\0" for c in kept)
    for piece in spaced.split():
        if parts := [part for part in piece.split("\0") if part]:
            yield parts


def found_by(access: Access, asked: str, *, public: bool) -> list[ColumnElement[bool]]:
    """The conditions under which a case is found by every word of what was asked; none for no words.

    A word finds every kept word that begins with it; a short one finds itself. With `public`, only words that
    the register shows count.
    """
    conditions = []
    for parts in list(_pieces(asked))[:MOST_ASKED]:
        whole = _begins(access, ["".join(parts)], public=public)
        conditions.append(whole if len(parts) == 1 else or_(whole, _begins(access, parts, public=public)))
    return conditions


def _begins(access: Access, beginnings: Iterable[str], *, public: bool) -> ColumnElement[bool]:
    conditions = []
    for beginning in beginnings:
        first = beginning[:LONGEST]
        if len(first) > SHORT:
            alike = and_(CaseWordRow.word >= first, CaseWordRow.word < first + _BEYOND)
        else:
            alike = CaseWordRow.word == first
        query = select(CaseWordRow.case_id).where(visible_to(access, CaseWordRow), alike)
        conditions.append(CaseRow.id.in_(query.where(CaseWordRow.public) if public else query))
    return and_(*conditions)


def index_words(work: Work, row: CaseRow) -> None:
    """Keep the words of a case anew, from the row and its people as they are now.

    The site's postcode is part of its address. Of an applicant the register shows the name, of an agent the
    company too (`bopsgis.planning.redaction.PUBLIC_CASE`).
    """
    query = select(PartyRow).where(visible_to(work.access, PartyRow), PartyRow.case_id == row.id)
    postcode = row.postcode or ""
    public = words_of(row.reference, row.address, postcode, "".join(postcode.split()), row.proposal, *row.uprns)
    private = words_of(row.alternative_reference)
    for one in work.session.scalars(query):
        public |= words_of(one.name)
        if one.role == "agent":
            public |= words_of(one.company)
        else:
            private |= words_of(one.company)
    rows = [
        {"case_id": row.id, "council_id": row.council_id, "word": word, "public": word in public}
        for word in sorted(public | private)
    ]
    work.session.execute(delete(CaseWordRow).where(visible_to(work.access, CaseWordRow), CaseWordRow.case_id == row.id))
    if rows:
        work.session.execute(insert(CaseWordRow), rows)
