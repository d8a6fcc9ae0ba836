"""tests/ mirrors src/: each module of these packages has a test file of its own."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "inkdigits"
PACKAGES = ("reading", "forms", "synthesis")


def untested(source: Path, tests: Path, package: str) -> list[str]:
    """The modules of a package, and of the packages in it, without a test file."""
    return [
        str(module.relative_to(source))
        for module in sorted((source / package).rglob("*.py"))
        if module.name != "__init__.py"
        and not (
            tests / module.relative_to(source).with_name(f"test_{module.name}")
        ).exists()
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_module_has_its_test_file(package: str) -> None:
    assert untested(SOURCE, TESTS, package) == []


def test_a_module_without_a_test_file_is_found(tmp_path: Path) -> None:
    for name in ("a/__init__.py", "a/one.py", "a/b/two.py"):
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).touch()
    (tmp_path / "tests" / "a").mkdir(parents=True)
    (tmp_path / "tests" / "a" / "test_one.py").touch()
    assert untested(tmp_path / "src", tmp_path / "tests", "a") == ["a/b/two.py"]
