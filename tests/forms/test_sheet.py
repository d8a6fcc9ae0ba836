"""A sheet is drawn with room for its marks, and in letters that its font has."""

from pathlib import Path

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.printing import numbered, write_sheets
from made_forms import comb, template


def test_fields_must_leave_room_for_marks_and_code(tmp_path: Path) -> None:
    form = template([comb("student", 4, 160, 10)])
    with pytest.raises(
        SettingError, match="student lies on a corner mark or the QR code"
    ):
        write_sheets(form, numbered(1), tmp_path / "a.pdf")
    with pytest.raises(SettingError, match=r"written as a \.pdf file"):
        write_sheets(form, numbered(1), tmp_path / "a.png")
    with pytest.raises(SettingError, match="--count is 0"):
        numbered(0)


def test_labels_in_other_letters_need_a_font_that_has_them(tmp_path: Path) -> None:
    form = template([comb("student", 4, 40, 60)], title="Контрольная")
    with pytest.raises(SettingError, match="is not a usable font"):
        write_sheets(form, numbered(1), tmp_path / "a.pdf", tmp_path / "none.ttf")
