"""A template file is written with pictures of its pages, and never over an edited one."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.new_template import write_template
from inkdigits.synthesis.forms import blank_form
from made_forms import saved


def test_a_template_that_may_have_been_edited_is_not_written_over(
    tmp_path: Path,
) -> None:
    saved(blank_form(np.random.default_rng(4)).grey, tmp_path / "blank.png")
    write_template(str(tmp_path / "blank.png"), tmp_path / "a.form.json")
    with pytest.raises(SettingError, match="exists already"):
        write_template(str(tmp_path / "blank.png"), tmp_path / "a.form.json")
    with pytest.raises(SettingError, match=r"a template is a \.json file"):
        write_template(str(tmp_path / "blank.png"), tmp_path / "a.txt")
