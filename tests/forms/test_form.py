"""A form reads the one filled form of a document, or all of them."""

from pathlib import Path

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms import Form
from inkdigits.forms.sheet import Identity
from made_exams import STUDENT, exam, sheet
from made_forms import saved


@pytest.fixture(scope="module")
def form() -> Form:
    return Form(exam())


def test_several_forms_in_one_file_are_asked_for_by_read_all(
    form: Form, tmp_path: Path
) -> None:
    from PIL import Image

    pages = [
        Image.fromarray(sheet(form, {"student": STUDENT}, Identity(name)))
        for name in ("1", "2")
    ]
    pages[0].save(tmp_path / "scans.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(SettingError, match="read_all"):
        form.read(tmp_path / "scans.tif")
    saved(sheet(form), tmp_path / "one.png")
    assert form.read(tmp_path / "one.png").sources[0].file == str(tmp_path / "one.png")
