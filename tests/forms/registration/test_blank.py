"""A blank page: its print as tiles and rectangles."""

import json
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.registration.blank import Blank
from inkdigits.forms.template import FormTemplate
from made_forms import comb, saved


def test_a_blank_without_print_is_refused(tmp_path: Path) -> None:
    saved(np.full((600, 400), 255, np.uint8), tmp_path / "empty.png")
    page = {"blank": "empty.png", "fields": [comb("a", 2, 30, 60)]}
    content = {"inkdigits_form": 1, "name": "empty", "pages": [page]}
    form = FormTemplate.from_json(json.dumps(content), folder=tmp_path)
    with pytest.raises(SettingError, match="too little print"):
        Blank.of(form, form.pages[0])
