"""Sheets that are printed are read again: what was asked about whom comes back from the paper."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import SettingError
from inkdigits.forms import Form
from inkdigits.forms.printing import identities_in, write_sheets
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.limits import Limits
from inkdigits.synthesis.forms import MACHINES
from made_forms import comb, fill, template

pytestmark = pytest.mark.slow


def test_printed_filled_and_scanned_sheets_say_whose_they_are(tmp_path: Path) -> None:
    form = template(
        [comb("student", 4, 40, 60), comb("points", 2, 40, 90, type="number")],
        title="Exam in mechanics",
    )
    (tmp_path / "students.csv").write_text(
        "id,name\nA-17,Zoë Mädler\n4711,Ann Lee\n", encoding="utf-8"
    )
    pages = write_sheets(
        form, identities_in(tmp_path / "students.csv"), tmp_path / "exam.pdf"
    )
    assert pages == 2
    reader = Form(form)
    drawn = list(open_pages(tmp_path / "exam.pdf", Limits()))
    for (_, page), wanted in zip(drawn, ("A-17", "4711"), strict=True):
        sheet = page.grey.copy()
        fill(sheet, form.fields["student"], "2718")
        record = reader.read(MACHINES["photo"](sheet, np.random.default_rng(1)).grey)
        assert (record.id, record["student"].text, record["points"].text) == (
            wanted,
            "2718",
            "",
        )
    assert (tmp_path / "exam.pdf").stat().st_size < 100_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id\n", "has no rows"),
        ("id\n1\n1\n", "row 3: the id 1 exists already"),
        ("id\nZoë\n", "row 2: 'Zoë' is not a valid id"),
    ],
)
def test_ids_that_cannot_be_printed_are_named(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "ids.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=said):
        identities_in(path)
