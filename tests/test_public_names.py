"""The one public door."""

import sys
from pathlib import Path

import pytest

import inkdigits
from inkdigits import errors


def test_every_public_name_is_there() -> None:
    assert inkdigits.__all__ == sorted(
        inkdigits.__all__, key=lambda name: (not name[0].isupper(), name)
    )
    for name in inkdigits.__all__:
        assert getattr(inkdigits, name) is not None
        assert name in dir(inkdigits)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match="Reader"):
        inkdigits.reed  # noqa: B018


def test_every_error_is_of_the_family_and_drawn_in_its_tree() -> None:
    found = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert len(found) >= 10
    for error in found:
        assert issubclass(error, errors.InkdigitsError)
        assert error.__name__ in (errors.__doc__ or "")


ROOT = Path(__file__).parent.parent


def test_a_missing_extra_says_what_to_install_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert str(errors.MissingExtraError("training", "train")).endswith(
        " install '.[train]'"
    )
    monkeypatch.chdir(tmp_path)
    assert str(errors.MissingExtraError("training", "train")).endswith(
        f" install '{ROOT}[train]'"
    )


@pytest.mark.parametrize(
    ("noted", "wanted"),
    [
        ('{"url": "file://{here}", "dir_info": {}}', "{here}[pdf]"),
        (
            '{"url": "file:///gone/inkdigits", "dir_info": {}}',
            "inkdigits[pdf] @ file:///gone/inkdigits",
        ),
        (
            '{"url": "https://example.org/i.git", "vcs_info": {"vcs": "git"}}',
            "inkdigits[pdf] @ git+https://example.org/i.git",
        ),
        (
            '{"url": "https://example.org/i.whl", "archive_info": {}}',
            "inkdigits[pdf] @ https://example.org/i.whl",
        ),
        (None, "inkdigits[pdf]"),
    ],
)
def test_an_installed_inkdigits_says_where_it_came_from(
    noted: str | None, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Distribution:
        def read_text(self, name: str) -> str | None:
            return noted.replace("{here}", str(tmp_path)) if noted else None

    monkeypatch.setattr("importlib.metadata.distribution", lambda name: Distribution())
    monkeypatch.setattr(
        errors, "__file__", str(tmp_path / "site-packages" / "inkdigits" / "errors.py")
    )
    assert errors.install_command("pdf").endswith(
        f" install '{wanted.replace('{here}', str(tmp_path))}'"
    )


def test_where_there_is_no_pip_another_one_is_told_which_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in the environment that make sets up."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert errors.install_command("pdf").startswith(
        f"pip --python {sys.executable} install "
    )
