"""Rows of consultations: periods for comments, notices, neighbours, letters, consultees, representations."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime, geometry_column_type

__all__ = [
    "AddressPointRow",
    "ConsultationRow",
    "ConsulteeRow",
    "ContactRow",
    "LandParcelRow",
    "LetterBatchRow",
    "LetterRow",
    "NeighbourRow",
    "NoticeRow",
    "PeriodRow",
    "RepresentationRow",
    "ResponseRow",
]


class PeriodRow(Base):
    """A period for comments on a case: the latest of them says from when the case may be decided."""

    __tablename__ = "comment_period"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "subject"),
        CheckConstraint("ends_on >= began_on", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(30))
    """`site_notice`, `press_notice`, `website`, `applicant_notice`, `neighbour_letter` or `consultee`."""
    subject: Mapped[int]
    """Id of the notice, batch of letters or consultation; 0 for the website."""
    rule: Mapped[str] = mapped_column(String(60))
    began_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day on which comments are in time."""
    explained: Mapped[str] = mapped_column(Text)


class NoticeRow(Base):
    """A site notice, a press notice or an applicant's notice: wanted first, given later."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_case_id", "case_id"),
        CheckConstraint("means IN ('site_notice', 'press_notice', 'applicant_notice')", name="means"),
        CheckConstraint("quantity BETWEEN 1 AND 100", name="quantity"),
        CheckConstraint("ST_SRID(point) = 27700", name="point_srid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    means: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int] = mapped_column(default=1)
    instructions: Mapped[str] = mapped_column(Text, default="")
    """Where to put it up, or in which newspaper it appears."""
    given_on: Mapped[date | None]
    """The day it was first displayed, or published."""
    point: Mapped[WKBElement | None] = mapped_column(geometry_column_type("POINT"))
    """Where it is up; a press notice has no place."""
    document_id: Mapped[int | None]
    """The photograph or cutting, a document of the same case."""
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by: Mapped[str | None] = mapped_column(String(200))


class NeighbourRow(Base):
    """An address that is told of a case. A removed one stays, so that choosing again does not bring it back."""

    __tablename__ = "neighbour"
    __table_args__ = (
        UniqueConstraint("case_id", "address_key"),
        UniqueConstraint("case_id", "uprn"),
        Index("sx_neighbour_point", "point", postgresql_using="gist"),
        CheckConstraint("how IN ('distance', 'shared_boundary', 'by_hand')", name="how"),
        CheckConstraint("ST_SRID(point) = 27700", name="point_srid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    uprn: Mapped[str | None] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(400))
    address_key: Mapped[str] = mapped_column(String(400))
    """The address as it is compared: small letters and digits only."""
    point: Mapped[WKBElement | None] = mapped_column(geometry_column_type("POINT"))
    distance_m: Mapped[float | None]
    """From the site boundary to the address point."""
    how: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(200), default="")
    """How it was chosen, in words."""
    removed_because: Mapped[str | None] = mapped_column(Text)
    added_by: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LetterBatchRow(Base):
    """Letters that went to neighbours together."""

    __tablename__ = "letter_batch"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("kind IN ('notification', 'renotification')", name="kind"),
        CheckConstraint("response_days BETWEEN 1 AND 99", name="response_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    template: Mapped[str] = mapped_column(Text)
    response_days: Mapped[int]
    posted_on: Mapped[date]
    served_on: Mapped[date]
    ends_on: Mapped[date]
    sent_by: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LetterRow(Base):
    """One letter of a batch, addressed as the neighbour was then."""

    __tablename__ = "letter"
    __table_args__ = (UniqueConstraint("batch_id", "neighbour_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("letter_batch.id", ondelete="CASCADE"))
    neighbour_id: Mapped[int] = mapped_column(ForeignKey("neighbour.id", ondelete="CASCADE"))
    uprn: Mapped[str | None] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(400))
    message_key: Mapped[str] = mapped_column(String(36))
    """Key of the message in the outbox: how it fared is told there."""


class ContactRow(Base):
    """An entry of the council's address book of consultees."""

    __tablename__ = "consultee_contact"
    __table_args__ = (UniqueConstraint("council_id", "organisation", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    organisation: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254))
    internal: Mapped[bool] = mapped_column(default=False)
    datasets: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    """Constraints for which this one is consulted."""
    active: Mapped[bool] = mapped_column(default=True)


class ConsulteeRow(Base):
    """A body that is consulted on a case."""

    __tablename__ = "consultee"
    __table_args__ = (UniqueConstraint("case_id", "organisation", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("consultee_contact.id"))
    organisation: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254))
    reasons: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)


class ConsultationRow(Base):
    """One asking of a consultee. Only the hash of the secret in its link is kept."""

    __tablename__ = "consultation"
    __table_args__ = (
        Index("ix_consultation_consultee_id", "consultee_id"),
        UniqueConstraint("token_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    consultee_id: Mapped[int] = mapped_column(ForeignKey("consultee.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why the consultee is asked again; empty for the first time."""
    sent_on: Mapped[date]
    ends_on: Mapped[date]
    token_hash: Mapped[str] = mapped_column(String(64))
    token_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_key: Mapped[str] = mapped_column(String(36))
    sent_by: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ResponseRow(Base):
    """What a consultee said. The text is for officers; only the redacted copy is published."""

    __tablename__ = "consultee_response"
    __table_args__ = (
        Index("ix_consultee_response_consultee_id", "consultee_id"),
        CheckConstraint("verdict IN ('no_objection', 'amendments_needed', 'objection')", name="verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    consultee_id: Mapped[int] = mapped_column(ForeignKey("consultee.id", ondelete="CASCADE"))
    verdict: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    received_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    redacted_text: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RepresentationRow(Base):
    """What a member of the public says of a case. Only the redacted text, once published, leaves the council."""

    __tablename__ = "representation"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("sentiment IN ('support', 'neutral', 'objection')", name="sentiment"),
        CheckConstraint("published_at IS NULL OR redacted_text IS NOT NULL", name="published_is_redacted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    number: Mapped[int]
    came_by: Mapped[str] = mapped_column(String(10))
    """`website` or `post`."""
    received_on: Mapped[date]
    sentiment: Mapped[str] = mapped_column(String(10))
    topics: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    text: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(400))
    email: Mapped[str] = mapped_column(String(254), default="")
    neighbour_id: Mapped[int | None] = mapped_column(ForeignKey("neighbour.id", ondelete="SET NULL"))
    """The neighbour with the same address, where one was chosen."""
    redacted_text: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str] = mapped_column(String(200), default="")
    """The street without the number, as an officer put it for publication."""
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moderated_by: Mapped[str | None] = mapped_column(String(200))
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AddressPointRow(Base):
    """An address of the council's own address table."""

    __tablename__ = "address_point"
    __table_args__ = (
        UniqueConstraint("council_id", "uprn"),
        Index("ix_address_point_council_id_parcel", "council_id", "parcel"),
        Index("sx_address_point_point", "point", postgresql_using="gist"),
        CheckConstraint("ST_SRID(point) = 27700", name="point_srid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    uprn: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(400))
    parcel: Mapped[str] = mapped_column(String(60), default="")
    point: Mapped[WKBElement] = mapped_column(geometry_column_type("POINT"))


class LandParcelRow(Base):
    """A land parcel of the council's own address table."""

    __tablename__ = "land_parcel"
    __table_args__ = (
        UniqueConstraint("council_id", "parcel"),
        Index("sx_land_parcel_shape", "shape", postgresql_using="gist"),
        CheckConstraint("ST_SRID(shape) = 27700", name="shape_srid"),
        CheckConstraint("ST_IsValid(shape)", name="shape_valid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    parcel: Mapped[str] = mapped_column(String(60))
    shape: Mapped[WKBElement] = mapped_column(geometry_column_type("MULTIPOLYGON"))
