"""Reviews of forms' fields, and the digits cut out of them, in the database."""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select, text

from inkdigits.store.kept import TEXT, Correction, FormDigit, FormReview
from inkdigits.store.settling import settled
from inkdigits.store.tables import FormDigitRow, FormReviewRow, Picture, now

_REVIEW = [getattr(FormReviewRow, name) for name in FormReview.__slots__]
# Rows with their pictures that are in memory at a time.
_ROWS_AT_ONCE = 100
_DIGIT_FIELDS = ("pile", "record", "field", "place", "predicted", "confidence", "model")


def insert_review(connection: Connection, review: FormReview) -> bool:
    """Whether it is new: one that is sent again with the same id is kept once."""
    _in_turn(connection, review.pile)
    known = select(FormReviewRow.number).where(FormReviewRow.id == review.id)
    if connection.execute(known).first() is not None:
        return False
    row = {name: getattr(review, name) for name in FormReview.__slots__}
    connection.execute(insert(FormReviewRow).values(**row))
    return True


def reviews_after(
    connection: Connection, pile: str, after: int
) -> list[tuple[int, FormReview]]:
    """The reviews of a pile that came after the one with this number."""
    query = (
        select(FormReviewRow.number, *_REVIEW)
        .where(FormReviewRow.pile == pile, FormReviewRow.number > after)
        .order_by(FormReviewRow.number)
    )
    return [
        (number, FormReview(*fields)) for number, *fields in connection.execute(query)
    ]


def insert_digits(
    connection: Connection,
    digits: Sequence[FormDigit],
    add_picture: Callable[[Connection, bytes], str],
) -> None:
    """The digits of one field; where it has some already, nothing changes."""
    if not digits:
        return
    _in_turn(connection, digits[0].pile)
    earlier = select(FormDigitRow.number).where(
        FormDigitRow.pile == digits[0].pile,
        FormDigitRow.record == digits[0].record,
        FormDigitRow.field == digits[0].field,
    )
    if connection.execute(earlier).first() is not None:
        return
    for digit in digits:
        row = {name: getattr(digit, name) for name in _DIGIT_FIELDS}
        picture = add_picture(connection, digit.picture)
        connection.execute(
            insert(FormDigitRow).values(**row, picture=picture, created=now())
        )


def reviewed_digits(connection: Connection) -> Iterator[tuple[Correction, bytes, str]]:
    """The digits of fields that people have read, all who looked at them alike.

    Only fields whose boxes can be told apart have digits, and only as many as the text has.
    """
    columns = [
        getattr(FormDigitRow, name) for name in (*_DIGIT_FIELDS, "picture", "created")
    ]
    rows = select(*columns, Picture.content, Picture.suffix)
    place = (
        FormDigitRow.pile,
        FormDigitRow.record,
        FormDigitRow.field,
        FormDigitRow.place,
    )
    rows = rows.join(Picture, Picture.sha256 == FormDigitRow.picture).order_by(*place)
    # Pictures are taken a few at a time: all of them need not fit into memory.
    listed = connection.execute(rows.execution_options(yield_per=_ROWS_AT_ONCE))
    for (pile, record, field), group in groupby(listed, key=_field_of):
        digits = list(group)
        counts = settled(_of_field(connection, pile, record, field))
        if counts is None or counts.verdict != TEXT:
            continue
        signs = [sign for sign in counts.text if sign.isdigit()]
        # A text of another length does not say which box holds which digit.
        if len(signs) != len(digits):
            continue
        for row, sign in zip(digits, signs, strict=True):
            # The same digit has the same name in every export.
            name = uuid.uuid5(
                uuid.NAMESPACE_OID, f"{pile} {record} {field} {row.place}"
            ).hex
            label = int(sign)
            made = Correction(
                name,
                row.picture,
                label,
                row.predicted,
                row.confidence,
                False,
                row.model,
                row.created,
            )
            yield made, row.content, row.suffix


def _field_of(row: Any) -> tuple[str, int, str]:
    """The field that a row belongs to."""
    return row.pile, row.record, row.field


def _of_field(
    connection: Connection, pile: str, record: int, field: str
) -> list[FormReview]:
    query = (
        select(*_REVIEW)
        .where(
            FormReviewRow.pile == pile,
            FormReviewRow.record == record,
            FormReviewRow.field == field,
        )
        .order_by(FormReviewRow.number)
    )
    return [FormReview(*fields) for fields in connection.execute(query)]


def _in_turn(connection: Connection, pile: str) -> None:
    """One writer of a pile after the other: who has seen a number has seen all below it.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        lock = int.from_bytes(hashlib.sha256(pile.encode()).digest()[:8], signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
