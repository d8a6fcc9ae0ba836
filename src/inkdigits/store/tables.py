"""The tables.

Pictures are named by the digest of their bytes, so that the same picture is kept once.
"""

from datetime import UTC, datetime

from sqlalchemy import Boolean, DateTime, Float, ForeignKey, Integer, LargeBinary, String, Text
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
    """What a picture really shows; `digit` is NULL for what is no digit."""

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
