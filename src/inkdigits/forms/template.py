"""A form's template: where its fields are, and what holds for them.

Lengths are millimetres.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

from inkdigits.errors import MissingExtraError, SettingError
from inkdigits.forms.checks import CheckDigit, check_digit
from inkdigits.forms.rules import Rule, Unique, amount_of, parse_rule
from inkdigits.forms.schema import SCHEMA
from inkdigits.reading.numbers.patterns import Pattern, parse

# Width and height of a page whose template names no size.
A4_MM = (210.0, 297.0)
# The confidence from which a field is accepted, unless its template says otherwise. Of 1,680
# combs by held-out writers, 81 % reached it, and 2 of those were wrong (0.15 %).
ACCEPT_FROM = 0.985
# Templates that come with inkdigits.
PRESETS = ("meter", "sudoku", "tally")
_PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in millimetres."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """In millimetres."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """In millimetres."""
        return self.bottom - self.top

    def columns(self, count: int) -> list["Rect"]:
        """The rectangle split into `count` equal parts, side by side."""
        step = self.width / count
        return [
            Rect(
                self.left + step * i, self.top, self.left + step * (i + 1), self.bottom
            )
            for i in range(count)
        ]


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick."""

    value: str
    box: Rect


@dataclass(frozen=True)
class Field:
    """A field that is read by itself.

    A cell of a table is one too, named `table.row.column`.
    """

    name: str
    kind: str
    page: int
    box: Rect
    label: str = ""
    required: bool = False
    comb: bool = True
    digits: int = 0  # boxes of a comb, or the most digits
    least_digits: int = 0
    decimals: int = 0
    decimal: str | None = None
    unit: str = ""
    pattern: Pattern | None = None
    pattern_text: str = ""
    range: tuple[Decimal | None, Decimal | None] = (None, None)
    check: CheckDigit | None = None
    check_name: str = ""
    order: str = "dmy"
    year_digits: int = 4
    choices: tuple[Choice, ...] = ()
    several: bool = False

    @property
    def cells(self) -> list[Rect]:
        """The boxes of its comb."""
        if not self.comb:
            return []
        return self.box.columns(self.digits)

    def in_range(self, amount: Decimal) -> bool:
        """Whether an amount is one that the field may hold."""
        # None is no bound.
        least, most = self.range
        if least is not None and amount < least:
            return False
        return most is None or amount <= most


@dataclass(frozen=True)
class Table:
    """A table of a page: its name, its columns, and its rows of cells."""

    name: str
    page: int
    box: Rect
    columns: tuple[str, ...]
    rows: int
    label: str = ""


@dataclass(frozen=True)
class PageTemplate:
    """A page: its size, its blank picture and its fields.

    `blank` is None for a page that `form print` draws.
    """

    number: int
    size: tuple[float, float]
    blank: Path | None
    blank_page: int
    fields: tuple[Field, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class FormTemplate:
    """A form of one page or several."""

    name: str
    pages: tuple[PageTemplate, ...]
    rules: tuple[Rule, ...] = ()
    unique: tuple[Unique, ...] = ()
    title: str = ""
    accept_from: float = ACCEPT_FROM
    source: str = field(default="", compare=False)

    @classmethod
    def load(cls, path: str | Path) -> "FormTemplate":
        """The template in a JSON file, or a preset by its name.

        A SettingError names the place in the file that is wrong.
        """
        preset = preset_file(str(path))
        path = preset or Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise SettingError(
                f"there is no form template at {path}: check the name"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(
                f"{path} cannot be read as a form template ({error}): give a JSON file"
            ) from None
        return cls.from_json(text, str(path), path.parent)

    @classmethod
    def from_json(
        cls, text: str, name: str = "the template", folder: Path = Path()
    ) -> "FormTemplate":
        """Like `load`, but from the JSON itself; blanks are looked for in `folder`."""
        try:
            content = json.loads(text)
        except ValueError as error:
            place = (
                f"line {error.lineno}, column {error.colno}"
                if isinstance(error, json.JSONDecodeError)
                else "its text"
            )
            raise SettingError(
                f"{name} is broken at {place} ({error}): correct the JSON"
            ) from None
        _check_schema(content, name)
        return replace(_template(content, name, folder), source=text)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """All fields by name, cells of tables included, in the order of the file."""
        return {each.name: each for page in self.pages for each in page.fields}

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of all pages."""
        tables: list[Table] = []
        for page in self.pages:
            tables += page.tables
        return tuple(tables)


def preset_file(name: str) -> Path | None:
    """The file of a template that comes with inkdigits, by its name."""
    if name not in PRESETS:
        return None
    return _PRESETS / f"{name}.form.json"


def _check_schema(content: Any, name: str) -> None:
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import best_match
    except ImportError:
        raise MissingExtraError("a form template", "forms") from None
    error = best_match(Draft202012Validator(SCHEMA).iter_errors(content))
    if error is not None:
        raise SettingError(
            f"{name}, {_place(error.absolute_path)}: {_shortened(error.message)}"
        )


def _place(path: Sequence[str | int]) -> str:
    """`pages[0].fields[2].type`"""
    steps = []
    for step in path:
        is_index = isinstance(step, int)
        steps.append(f"[{step}]" if is_index else f".{step}")
    return "".join(steps).removeprefix(".") or "at its top"


def _shortened(message: str, most: int = 160) -> str:
    """A message on one line; a long one keeps only its beginning and its end."""
    line = " ".join(message.split())
    if len(line) <= most:
        return line
    # What was expected is at the end, after a part of the template.
    half = most // 2
    beginning = line[:half]
    end = line[-half:]
    return f"{beginning} … {end}"


def _template(content: Mapping[str, Any], name: str, folder: Path) -> FormTemplate:
    pages = tuple(
        _page(page, number, name, folder)
        for number, page in enumerate(content["pages"], 1)
    )
    taken: dict[str, str] = {}
    for page in pages:
        named: list[Field | Table] = [*page.fields, *page.tables]
        for each in named:
            if each.name in taken:
                raise SettingError(
                    f"{name}, pages[{page.number - 1}]: "
                    f"a field {each.name} exists already, on {taken[each.name]}"
                )
            taken[each.name] = f"page {page.number}"
    fields = [each for page in pages for each in page.fields]
    rules, unique = _rules(content.get("rules", []), fields, name)
    return FormTemplate(
        content["name"],
        pages,
        rules,
        unique,
        content.get("title", ""),
        float(content.get("accept_from", ACCEPT_FROM)),
    )


def _rules(
    texts: Sequence[str], fields: Sequence[Field], name: str
) -> tuple[tuple[Rule, ...], tuple[Unique, ...]]:
    names = [each.name for each in fields if each.kind not in ("choice", "image")]
    rules: list[Rule] = []
    unique: list[Unique] = []
    for place, text in enumerate(texts):
        with _named(f"{name}, rules[{place}]"):
            rule = parse_rule(text, names)
        if isinstance(rule, Unique):
            unique.append(rule)
        else:
            rules.append(rule)
    return tuple(rules), tuple(unique)


def _page(
    content: Mapping[str, Any], number: int, name: str, folder: Path
) -> PageTemplate:
    width, height = content.get("size", A4_MM)
    place = f"{name}, pages[{number - 1}]"
    blank = content.get("blank")
    fields: list[Field] = []
    tables: list[Table] = []
    for index, each in enumerate(content["fields"]):
        here = f"{place}.fields[{index}]"
        if each["type"] == "table":
            table, cells = _table(each, number, here)
            tables.append(table)
            fields += cells
        else:
            fields.append(_field(each, each["name"], number, _box(each, here), here))
    placed: list[Field | Table] = [*fields, *tables]
    for each in placed:
        if each.box.right > width + 1e-6 or each.box.bottom > height + 1e-6:
            raise SettingError(
                f"{place}: the box of {each.name} reaches beyond the page of {width:g} × "
                f"{height:g} mm"
            )
    return PageTemplate(
        number,
        (float(width), float(height)),
        folder / blank if blank else None,
        int(content.get("blank_page", 1)),
        tuple(fields),
        tuple(tables),
    )


def _box(content: Mapping[str, Any], place: str) -> Rect:
    if content["type"] == "choice":
        boxes = [
            _rect(each["box"], f"{place}.choices[{index}]")
            for index, each in enumerate(content["choices"])
        ]
        return Rect(
            min(box.left for box in boxes),
            min(box.top for box in boxes),
            max(box.right for box in boxes),
            max(box.bottom for box in boxes),
        )
    if "box" not in content:
        raise SettingError(f"{place}: 'box' is a required property")
    return _rect(content["box"], f"{place}.box")


def _rect(sides: Sequence[float], place: str) -> Rect:
    """A box of a template; `place` is for the error message."""
    left, top, right, bottom = map(float, sides)
    width = right - left
    height = bottom - top
    # Sides in the wrong order give a width below 0.
    if width < 1 or height < 1:
        raise SettingError(
            f"{place}: {list(sides)} is not left, top, right, "
            "bottom of a box at least 1 mm wide and high"
        )
    return Rect(left, top, right, bottom)


def _table(
    content: Mapping[str, Any], number: int, place: str
) -> tuple[Table, list[Field]]:
    """The table and its cells; columns without a width share what the others leave."""
    box = _box(content, place)
    rows = content["rows"]
    columns = content["columns"]
    given = [column.get("width") for column in columns]
    left_over = box.width - sum(width for width in given if width)
    free = sum(width is None for width in given)
    if left_over < -1e-6 or (free and left_over / free < 1):
        raise SettingError(
            f"{place}.columns: they are wider than the table, which has {box.width:g} mm"
        )
    cells = []
    row_height = box.height / rows
    for row in range(rows):
        top = box.top + row * row_height
        x = box.left
        for index, (column, width) in enumerate(zip(columns, given, strict=True)):
            right = x + (left_over / free if width is None else width)
            name = f"{content['name']}.{row + 1}.{column['name']}"
            cells.append(
                _field(
                    {"comb": False, **column},
                    name,
                    number,
                    Rect(x, top, right, top + row_height),
                    f"{place}.columns[{index}]",
                )
            )
            x = right
    names = tuple(column["name"] for column in columns)
    if len(set(names)) < len(names):
        raise SettingError(f"{place}.columns: two have the same name")
    return Table(
        content["name"], number, box, names, rows, content.get("label", "")
    ), cells


def _field(
    content: Mapping[str, Any], name: str, number: int, box: Rect, place: str
) -> Field:
    kind = content["type"]
    made = Field(
        name,
        kind,
        number,
        box,
        label=content.get("label", ""),
        required=content.get("required", False),
        comb=content.get(
            "comb",
            kind in ("digits", "date", "time")
            or (kind == "number" and "digits" in content),
        ),
        decimal=content.get("decimal"),
        decimals=content.get("decimals", 0),
        unit=content.get("unit", ""),
        order=content.get("order", "dmy"),
        year_digits=content.get("year_digits", 4),
        several=content.get("several", False),
        pattern_text=content.get("pattern", ""),
        check_name=content.get("check", ""),
    )
    with _named(place):
        return replace(
            made,
            digits=_digit_count(made, content),
            least_digits=_least_digits(made, content),
            pattern=parse(content["pattern"]) if "pattern" in content else None,
            range=_range(kind, content.get("range", (None, None))),
            check=_check(content),
            choices=tuple(
                Choice(each["value"], _rect(each["box"], f"choices[{index}]"))
                for index, each in enumerate(content.get("choices", []))
            ),
        )


def _digit_count(made: Field, content: Mapping[str, Any]) -> int:
    if made.kind == "date":
        return 4 + made.year_digits
    if made.kind == "time":
        return 4
    if made.kind == "number" and made.comb and "digits" not in content:
        raise SettingError("a comb needs its number of boxes: give digits")
    count = int(content.get("digits", 0))
    if made.decimals and made.decimals >= count:
        raise SettingError(
            f"decimals is {made.decimals}, which must be less than digits, {count}"
        )
    return count


def _least_digits(made: Field, content: Mapping[str, Any]) -> int:
    """How many digits a field must have to be complete."""
    if made.kind in ("date", "time"):
        return _digit_count(made, content)
    if made.kind == "number":
        return 1
    # Unless the template says otherwise, every box must be filled.
    digits = content.get("digits", 0)
    least = int(content.get("least_digits", digits))
    if least > digits:
        raise SettingError(f"least_digits is {least}, more than digits")
    return least


def _check(content: Mapping[str, Any]) -> CheckDigit | None:
    name = content.get("check")
    if name is None:
        return None
    if content.get("least_digits", content["digits"]) != content["digits"]:
        raise SettingError(f"the check {name} needs a fixed number of digits")
    return check_digit(name, content["digits"], content.get("country"))


def _range(kind: str, bounds: Sequence[Any]) -> tuple[Decimal | None, Decimal | None]:
    """The minimum and maximum of a field; None for no limit."""
    least, most = (_bound(kind, bound) for bound in bounds)
    if least is None or most is None:
        return least, most
    if least > most:
        raise SettingError(f"the range {list(bounds)} is empty")
    return least, most


def _bound(kind: str, bound: Any) -> Decimal | None:
    if bound is None:
        return None
    try:
        if kind == "date":
            return amount_of(date.fromisoformat(str(bound)))
        if kind == "time":
            return amount_of(time.fromisoformat(str(bound)))
        return Decimal(str(bound))
    except (ValueError, InvalidOperation):
        wanted = {
            "date": "a date such as 2026-12-31",
            "time": "a time such as 14:30",
        }.get(kind, "a number")
        raise SettingError(f"{bound!r} in the range is not {wanted}") from None


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Prefix error messages with the place in the file."""
    try:
        yield
    except SettingError as error:
        raise SettingError(f"{place}: {error}") from None
