"""Keeps corrections and readings; says so only once they are committed."""

import hashlib
import json
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from inkdigits.errors import MissingExtraError, StoreError
from inkdigits.store.address import default_url
from inkdigits.store.engine import READS, open_engine
from inkdigits.store.kept import Correction, FormDigit, FormReview
from inkdigits.store.migrate import migrate
from inkdigits.store.reviews import (
    insert_digits,
    insert_review,
    reviewed_digits,
    reviews_after,
)
from inkdigits.store.tables import (
    CorrectionRow,
    FormDigitRow,
    FormReviewRow,
    Picture,
    ReadingRow,
    now,
)

# What files begin with, and the suffix they are exported with.
_SUFFIXES = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8", ".jpg"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)
# Rows with their pictures that are in memory at a time.
_ROWS_AT_ONCE = 100
# Characters of what a driver says that a message repeats.
_MOST_SAID = 160


class Store:
    """A database, brought up to date at first use.

    A dead or full one raises StoreError each time, and may come back.
    """

    def __init__(self, url: str | None = None) -> None:
        try:
            self._engine: Engine = open_engine(url or default_url())
        except OSError as error:
            reason = str(error.strerror or error)
            raise StoreError(
                f"the folder for the database cannot be made ({reason})"
            ) from None
        except ImportError:
            raise MissingExtraError("PostgreSQL", "postgres") from None
        except SQLAlchemyError as error:
            reason = f"the database cannot be used ({_reason(error)})"
            raise StoreError(f"{reason}: check the database URL") from None
        self._reader = self._engine.execution_options(**{READS: True})
        self._lock = threading.Lock()
        self._ready = False

    def add_correction(
        self,
        picture: bytes,
        digit: int | None,
        *,
        predicted: int,
        confidence: float,
        accepted: bool,
        model: str,
    ) -> Correction:
        """Keep what a picture really shows; on return it is committed."""
        with self._writing() as connection:
            correction = Correction(
                id=uuid.uuid4().hex,
                picture=_add_picture(connection, picture),
                digit=digit,
                predicted=predicted,
                confidence=confidence,
                accepted=accepted,
                model=model,
                created=now(),
            )
            row = {name: getattr(correction, name) for name in Correction.__slots__}
            connection.execute(insert(CorrectionRow).values(**row))
        return correction

    def add_reading(
        self, verb: str, picture: bytes, answer: dict[str, Any], model: str
    ) -> str:
        """Keep an answer that was given."""
        number = uuid.uuid4().hex
        with self._writing() as connection:
            row = {
                "id": number,
                "picture": _add_picture(connection, picture),
                "verb": verb,
                "answer": json.dumps(answer, ensure_ascii=False),
                "model": model,
                "created": now(),
            }
            connection.execute(insert(ReadingRow).values(**row))
        return number

    def add_review(self, review: FormReview) -> bool:
        """Keep what a person says of a form's field; False where the review is kept already.

        A client that had no answer sends it again with the same id, and it counts once.
        """
        with self._writing() as connection:
            return insert_review(connection, review)

    def reviews(self, pile: str, after: int = 0) -> list[tuple[int, FormReview]]:
        """The reviews of a pile with their numbers, those with a larger number than `after`."""
        with self._reading() as connection:
            return reviews_after(connection, pile, after)

    def add_digits(self, digits: Sequence[FormDigit]) -> None:
        """Keep cut-outs of a field's digits, each once."""
        with self._writing() as connection:
            insert_digits(connection, digits, _add_picture)

    def fields_with_digits(self, pile: str) -> set[tuple[int, str]]:
        """The fields of a pile whose digits are kept: the record's number, and the field's name."""
        columns = select(FormDigitRow.record, FormDigitRow.field)
        of_pile = columns.where(FormDigitRow.pile == pile)
        with self._reading() as connection:
            rows = connection.execute(of_pile.distinct())
            return {(record, field) for record, field in rows}

    def corrections(self) -> Iterator[tuple[Correction, bytes, str]]:
        """What people say that pictures show: each picture with its bytes and its suffix.

        The newest correction of each picture in order of arrival, then the digits of forms' fields
        that people have read.
        """
        newest = select(func.max(CorrectionRow.number)).group_by(CorrectionRow.picture)
        columns = [getattr(CorrectionRow, name) for name in Correction.__slots__]
        query = (
            select(*columns, Picture.content, Picture.suffix)
            .join(Picture, Picture.sha256 == CorrectionRow.picture)
            .where(CorrectionRow.number.in_(newest))
            .order_by(CorrectionRow.number)
            # All pictures at once may be more than the memory holds.
            .execution_options(yield_per=_ROWS_AT_ONCE)
        )
        with self._reading() as connection:
            rows = connection.execute(query)
            for *fields, content, suffix in rows:
                correction = Correction(*fields)
                yield correction, content, suffix
        with self._reading() as connection:
            yield from reviewed_digits(connection)

    def count(self, table: str = "corrections") -> int:
        """How many rows a table has."""
        tables = {
            "corrections": CorrectionRow,
            "readings": ReadingRow,
            "pictures": Picture,
            "reviews": FormReviewRow,
            "digits": FormDigitRow,
        }
        counted = select(func.count()).select_from(tables[table])
        with self._reading() as connection:
            return int(connection.execute(counted).scalar_one())

    def check(self) -> None:
        """Raises where the database does not answer."""
        with self._reading() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self._engine.dispose()

    def _writing(self) -> AbstractContextManager[Connection]:
        """A transaction that may change the tables."""
        return self._transaction(self._engine)

    def _reading(self) -> AbstractContextManager[Connection]:
        """A transaction that only looks."""
        return self._transaction(self._reader)

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        """One transaction; what the database cannot do is a StoreError."""
        try:
            self._make_ready()
            with engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            reason = f"the database refused it ({_reason(error)})"
            raise StoreError(f"{reason}: try again, nothing was stored") from None

    def _make_ready(self) -> None:
        if not self._ready:
            with self._lock:
                if not self._ready:
                    migrate(self._engine)
                    self._ready = True


def _add_picture(connection: Connection, content: bytes) -> str:
    """The picture's name; it is written unless it is there already."""
    digest = hashlib.sha256(content).hexdigest()
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as adding
    else:
        from sqlalchemy.dialects.sqlite import insert as adding  # type: ignore[assignment]
    row = {
        "sha256": digest,
        "suffix": _suffix(content),
        "content": content,
        "created": datetime.now(UTC),
    }
    connection.execute(adding(Picture).values(**row).on_conflict_do_nothing())
    return digest


def _suffix(content: bytes) -> str:
    """The ending for a picture's file, by its first bytes."""
    # WebP has its name behind a length, the others have theirs in front.
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    for mark, suffix in _SUFFIXES:
        if content.startswith(mark):
            return suffix
    return ".bin"


def _reason(error: Exception) -> str:
    """The first line of what the driver says, without statement, parameters or password."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0][:_MOST_SAID] if lines else type(error).__name__
