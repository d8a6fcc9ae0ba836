"""The goals of reading and of forms: what each measured figure is, and whether it is reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that should be at least so high, and where a results file has it."""

    what: str
    place: tuple[str, ...]
    least: float


READING = (
    Goal("photos of one digit", ("photos", "exact"), 0.98),
    Goal("drawings of one digit", ("canvas", "exact"), 0.99),
    Goal("real pictures of several numbers", ("real multi", "exact"), 0.96),
    Goal("UNIPEN number strings", ("UNIPEN number strings", "exact"), 0.94),
    Goal("the same, as written", ("UNIPEN number strings", "as_written"), 0.88),
    Goal("copiste, today's writers", ("copiste", "exact"), 0.96),
    Goal("lectaurep, old registers", ("lectaurep", "exact"), 0.90),
    Goal("weather cells (congo)", ("congo cells", "exact"), 0.88),
    Goal("the same, as written", ("congo cells", "as_written"), 0.85),
    Goal("cheque amounts (ORAND-CAR-A)", ("ORAND-CAR-A", "exact"), 0.88),
    Goal("parish cells", ("parish cells", "exact"), 0.87),
    Goal("composed pages, whole page", ("composed pages", "exact"), 0.93),
    Goal("MNIST strings by one writer", ("MNIST strings by one writer", "exact"), 0.97),
    Goal("drawn signs, as written", ("drawn signs", "as_written"), 0.93),
)
DIGITS = (
    Goal("USPS", ("USPS", "right"), 0.988),
    Goal("ARDIS", ("ARDIS", "right"), 0.99),
    Goal("DIDA", ("DIDA", "right"), 0.88),
)
FORMS = (
    Goal("pages aligned", ("registration", "aligned"), 0.99),
    Goal("combs, exact", ("combs", "exact"), 0.97),
    Goal(
        "combs with a check digit, accepted",
        ("combs with a check digit", "accepted"),
        0.95,
    ),
    Goal(
        "sheets with a sum, all values",
        ("sheets of 12 points", "sheets_all_right"),
        0.97,
    ),
    Goal("ruled tables, cells", ("ruled tables", "exact"), 0.97),
    Goal("tables without rules, cells", ("tables without rules", "exact"), 0.97),
)


def goals(read: Results, digits: Results, forms: Results) -> str:
    """The three tables, as Markdown."""
    sets = {name: found["inkdigits"] for name, found in read["sets"].items()}
    parts = (
        ("Numbers (`make bench-read`)", READING, sets),
        ("Single digits (`make bench-digits`)", DIGITS, digits["sets"]),
        ("Forms and tables (`make bench-forms`)", FORMS, forms["results"]),
    )
    return "\n".join(
        f"**{title}**\n\n{_table(some, found)}" for title, some, found in parts
    )


def _table(some: Iterable[Goal], found: Results) -> str:
    rows = [_row(goal, found) for goal in some]
    return "\n".join(
        ["| right | measured | goal | reached |", "|---|---|---|---|", *rows, ""]
    )


def _row(goal: Goal, found: Results) -> str:
    value: Any = found
    for name in goal.place:
        value = value[name]
    reached = "yes" if value >= goal.least else "no"
    return f"| {goal.what} | {value:.1%} | {goal.least:.1%} | {reached} |"
