"""Records as files: each format says the same, and nothing doubtful looks certain."""

import base64
import csv
import io
import json
import sqlite3
from pathlib import Path

import openpyxl
import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.exporting import (
    _sheet_name,
    check_name,
    export,
    exported,
    pictures_folder,
)
from inkdigits.forms.records import Record
from inkdigits.forms.review.review import Review
from inkdigits.forms.template import FormTemplate
from inkdigits.store import Store
from made_piles import UNSURE, pile_of, template

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def records(tmp_path: Path) -> tuple[list[Record], list[FormTemplate]]:
    """The first form is sure, the second has a doubtful field."""
    store = Store(f"sqlite:///{tmp_path}/x.db")
    pile = pile_of({}, {"student": UNSURE})
    found = list(Review(pile, store).records())
    store.close()
    return found, list(pile.forms)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_every_format_has_the_same_texts_and_doubts(
    records: tuple[list[Record], list[FormTemplate]], tmp_path: Path
) -> None:
    found, forms = records
    rows = rows_of(exported(found, forms, tmp_path / "a.csv"))
    assert [row["student"] for row in rows] == ["0001", "1234 ?"]
    lines = exported(found, forms, tmp_path / "a.jsonl").decode().splitlines()
    fields = [json.loads(line)["fields"] for line in lines]
    assert [each["student"]["text"] for each in fields] == ["0001", "1234"]
    assert [each["student"]["accepted"] for each in fields] == [True, False]
    (tmp_path / "a.sqlite").write_bytes(exported(found, forms, tmp_path / "a.sqlite"))
    database = sqlite3.connect(tmp_path / "a.sqlite")
    asked = "select text, accepted from fields where field = 'student' order by record"
    assert database.execute(asked).fetchall() == [("0001", 1), ("1234", 0)]
    database.close()
    book = openpyxl.load_workbook(io.BytesIO(exported(found, forms, Path("a.xlsx"))))
    sheet = book.worksheets[0]
    column = [cell.value for cell in sheet[1]].index("student") + 1
    assert [sheet.cell(row, column).value for row in (2, 3)] == ["0001", "1234 ?"]
    assert sheet.cell(3, column).comment is not None
    assert sheet.cell(2, column).comment is None


def test_an_unknown_ending_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    for call in (check_name, lambda path: export([], [], path)):
        with pytest.raises(SettingError, match=r"name a file that ends with .csv"):
            call(tmp_path / "a.doc")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_one_line(
    records: tuple[list[Record], list[FormTemplate]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(
        SettingError, match=r"cannot be written .* name another --output"
    ):
        export(*records, tmp_path / "file" / "a.csv")


def test_cut_outs_lie_next_to_the_file(tmp_path: Path) -> None:
    from dataclasses import replace

    store = Store(f"sqlite:///{tmp_path}/x.db")
    pile = pile_of({})
    (record,) = Review(pile, store).records()
    store.close()
    reading = record["student"]
    picture = base64.b64encode(PNG).decode()
    drawn = replace(
        record, fields={**record.fields, "student": replace(reading, picture=picture)}
    )
    export([drawn], [template()], tmp_path / "a.csv")
    (file,) = pictures_folder(tmp_path / "a.csv").iterdir()
    assert file.read_bytes() == PNG


def test_sheet_names_are_short_and_each_their_own() -> None:
    taken: list[str] = []
    for place in range(120):
        given = "a form/with [a] long: name of many letters"
        name = _sheet_name(given.upper() if place % 2 else given, taken)
        assert len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        # Excel does not tell upper from lower case.
        assert name.lower() not in {other.lower() for other in taken}
        taken.append(name)
