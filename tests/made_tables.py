"""Cells of tables for the tests."""

from inkdigits.forms.tables import Cell


def cells(*texts: str, others: tuple[tuple[str, float], ...] = ()) -> tuple[Cell, ...]:
    return tuple(
        Cell(text, int(text) if text else None, 0.99, others=others) for text in texts
    )
