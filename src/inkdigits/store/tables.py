"""The tables.

Pictures are named by the digest of their bytes, so that the same picture is kept once.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """All tables."""


class Picture(Base):
    """A picture file as it came."""

    __tablename__ = "pictures"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    suffix: Mapped[str] = mapped_column(String(8))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class _OfPicture(Base):
    """What every row about a picture has. Numbers grow in order of arrival."""

    __abstract__ = True
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    picture: Mapped[str] = mapped_column(ForeignKey("pictures.sha256"), index=True)
    model: Mapped[str] = mapped_column(String(255))
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class CorrectionRow(_OfPicture):
    """What a picture really shows; `digit` is NULL for a non-digit."""

    __tablename__ = "corrections"
    digit: Mapped[int | None] = mapped_column(Integer)
    predicted: Mapped[int] = mapped_column(Integer)
    confidence: Mapped[float] = mapped_column(Float)
    accepted: Mapped[bool] = mapped_column(Boolean)


class ReadingRow(_OfPicture):
    """An answer that was given, as JSON."""

    __tablename__ = "readings"
    verb: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(Text)


class FormReviewRow(Base):
    """What a person says of a field of a form. Rows are only ever added."""

    __tablename__ = "form_reviews"
    __table_args__ = (Index("ix_form_reviews_field", "pile", "record", "field"),)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    pile: Mapped[str] = mapped_column(String(64))
    record: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(200))
    reviewer: Mapped[str] = mapped_column(String(60))
    mode: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    withdraws: Mapped[str] = mapped_column(String(32))
    read: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float] = mapped_column(Float)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class FormDigitRow(Base):
    """A digit cut out of a field that people have reviewed."""

    __tablename__ = "form_digits"
    __table_args__ = (UniqueConstraint("pile", "record", "field", "place"),)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    pile: Mapped[str] = mapped_column(String(64))
    record: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(200))
    place: Mapped[int] = mapped_column(Integer)
    picture: Mapped[str] = mapped_column(ForeignKey("pictures.sha256"))
    predicted: Mapped[int] = mapped_column(Integer)
    confidence: Mapped[float] = mapped_column(Float)
    model: Mapped[str] = mapped_column(String(255))
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
