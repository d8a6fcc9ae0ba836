"""Columns of one kind: a speck does not make a decimal sign among whole numbers."""

import pytest

from inkdigits.forms.column_kind import kind_of, of_one_kind
from inkdigits.forms.tables import Cell

LEAST = 0.9


def cell(text: str, confidence: float = 0.98, **others: float) -> Cell:
    """A cell; `others` are named by their texts, with p for a point and c for a comma."""
    told = tuple(
        (name.strip("_").replace("p", ".").replace("c", ","), share)
        for name, share in others.items()
    )
    accepted = confidence >= LEAST
    reason = "" if accepted else "unsure"
    return Cell(text, None, confidence, accepted, reason, None, told)


def column_of(*cells: Cell) -> list[Cell]:
    rows = of_one_kind(tuple((each,) for each in cells), LEAST)
    return [row[0] for row in rows]


def test_a_sign_is_a_speck_where_the_column_has_none() -> None:
    whole = [cell(f"{number}", _7=0.001) for number in range(3, 203, 10)]
    told = column_of(*whole, cell("53,6", 0.6, _536=0.4))
    assert [each.text for each in told[:-1]] == [each.text for each in whole]
    assert told[-1].text == "536"
    assert told[-1].value == 536
    assert told[-1].accepted
    assert dict(told[-1].others)["53,6"] < 0.1


def test_a_sign_stays_where_the_column_has_it() -> None:
    amounts = [cell(text, _7=0.001) for text in ("17.50", "402.10", "93.00", "5.25")]
    told = column_of(*amounts, cell("8850", 0.6, _88p50=0.35))
    assert [each.text for each in told][-1] == "88.50"
    assert all(each.accepted for each in told[:-1])


def test_a_column_of_both_kinds_decides_little() -> None:
    mixed = [cell(text) for text in ("17", "40.2", "93", "5.1", "88", "1.7")]
    unsure = cell("53.6", 0.7, _536=0.3)
    assert column_of(*mixed, unsure)[-1].text == "53.6"


def test_a_cell_alone_keeps_its_text() -> None:
    told = column_of(cell("53,6", 0.7, _536=0.3))[0]
    assert told.text == "53,6"
    assert told.confidence < 0.75


@pytest.mark.parametrize("reason", ["two numbers in it", "crossed out"])
def test_what_is_refused_for_a_reason_stays_refused(reason: str) -> None:
    refused = Cell("53,6", None, 0.6, False, reason, None, (("536", 0.4),))
    whole = [cell(f"{number}") for number in (17, 402, 93)]
    assert column_of(*whole, refused)[-1] == refused


def test_empty_cells_stay_empty_and_a_text_without_others_as_it_is() -> None:
    given = [Cell(), cell("17", 0.5), cell("93")]
    assert column_of(*given) == given


def test_the_kind_of_a_number_is_what_is_not_a_digit() -> None:
    assert kind_of("1,250.00") == "9,9.9"
    assert kind_of("-12") == "-9"
    assert kind_of("0715") == "9"
