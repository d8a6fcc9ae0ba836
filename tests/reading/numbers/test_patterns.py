"""Patterns against Python's own regular expressions, and against those who send them to do harm."""

import itertools
import pickle
import random
import re
import time

import pytest

from inkdigits.errors import SettingError
from inkdigits.reading.numbers.patterns import (
    ALPHABET,
    LIMITS,
    NAMED,
    Pattern,
    exactly,
    parse,
)

BY_HAND = [
    r"\d{2}", "1|23", r"[0-2]\d?", "(12){1,2}3*", "4+", r"\d{0,2}", "[^1-9]", "(?:1|2)(3|4)", r".\d", r"\d{1,}",
    r"\d+[.,]\d\d", r"[+-]?\d*%", r"\$?[0-9.,]+", r"(\(|=)\d\)?", r"\d{1,2}/\d{1,2}", "(1?|2){2}", "((1*)*2?)*",
    "1{0}2", "(|1)2", r"[\d.-]{3}", r"\d{,2}:0", "€? ?1", "(1|12)(2|3)?", r"([^.]\.)+1",
]  # fmt: skip


@pytest.mark.parametrize("pattern", BY_HAND)
def test_a_pattern_takes_what_a_regular_expression_takes(pattern: str) -> None:
    expected = re.compile(pattern)
    automaton = parse(pattern)
    for length in range(5):
        for chars in itertools.product("012.,-+", repeat=length):
            text = "".join(chars)
            assert automaton.matches(text) == bool(expected.fullmatch(text)), text


def random_pattern(chance: random.Random, depth: int = 3) -> str:
    kind = chance.choice(
        ["char", "set", "group", "either", "sequence", "repeat"]
        if depth
        else ["char", "set"]
    )
    inner = (
        [random_pattern(chance, depth - 1) for _ in range(chance.randint(1, 3))]
        if depth
        else []
    )
    if kind == "char":
        return chance.choice(
            [
                r"\d",
                ".",
                "0",
                "1",
                r"\.",
                ",",
                "-",
                "/",
                ":",
                r"\+",
                "%",
                "=",
                r"\(",
                r"\)",
                r"\$",
                "€",
                " ",
            ]
        )
    if kind == "set":
        return chance.choice(["[0-4]", "[^0-9]", "[.,]", r"[\d-]", "[1,.+$ ]", "[^1]"])
    if kind == "group":
        return f"({inner[0]})"
    if kind == "either":
        return f"(?:{'|'.join(inner)})"
    if kind == "sequence":
        return "".join(inner)
    return f"(?:{inner[0]}){chance.choice(['?', '*', '+', '{2}', '{0,2}', '{1,}', '{1,3}', '{,1}'])}"


# Three hundred patterns; `make check` takes the first forty.
SEEDS = [
    pytest.param(
        range(first, first + 20),
        marks=[pytest.mark.slow] if first >= 40 else [],
        id=str(first),
    )
    for first in range(0, 300, 20)
]


@pytest.mark.parametrize("seeds", SEEDS)
def test_any_pattern_takes_what_a_regular_expression_takes(seeds: range) -> None:
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311
        pattern = random_pattern(chance)
        expected = re.compile(pattern)
        automaton = parse(pattern)
        texts = [
            "".join(chance.choices("0019.,-" + ALPHABET, k=chance.randint(0, 6)))
            for _ in range(200)
        ]
        texts += grown(automaton, chance)
        for text in texts:
            assert automaton.matches(text) == bool(expected.fullmatch(text)), (
                pattern,
                text,
            )


def grown(pattern: Pattern, chance: random.Random, count: int = 50) -> list[str]:
    """Texts along the automaton's own ways, so that some of them fit."""
    texts = []
    for _ in range(count):
        state, text = pattern.start, ""
        for _ in range(chance.randint(0, 8)):
            ways = [char for char in ALPHABET if pattern.step(state, char) is not None]
            if not ways:
                break
            char = chance.choice(ways)
            after = pattern.step(state, char)
            assert after is not None
            state, text = after, text + char
        texts.append(text)
    return texts


@pytest.mark.parametrize("pattern", [*NAMED, *BY_HAND])
def test_from_every_state_there_is_a_way_to_an_end(pattern: str) -> None:
    automaton = parse(pattern)
    states = {automaton.start}
    before: dict[int, set[int]] = {}
    waiting = [automaton.start]
    for state in waiting:
        for char in ALPHABET:
            after = automaton.step(state, char)
            if after is None:
                continue
            before.setdefault(after, set()).add(state)
            if after not in states:
                states.add(after)
                waiting.append(after)
    alive = {state for state in states if automaton.accepts(state)}
    waiting = list(alive)
    for state in waiting:
        fresh = before.get(state, set()) - alive
        alive |= fresh
        waiting += fresh
    assert alive == states


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (
            "date",
            ["12/25/96", "25.12.1996", "1996-12-25", "1-2-03"],
            ["12/25", "12/25-96", "32/1/99", "13/13/99", "122596"],
        ),
        (
            "time",
            ["10:30", "9.05", "23:59:59", "24:00", "24:00:00"],
            ["24:01", "24:00:01", "10:60", "1030", "10:3", "10:30.5"],
        ),
        (
            "amount",
            [
                "12.50",
                "1,250.00",
                "1.250,00",
                "$12",
                "-3.20 €",
                "12.-",
                "1 250,00",
                "7.--",
                "12,-- €",
                "12.=",
                ".50",
                "$.75",
            ],
            ["1,25.00", "12.5", "12.500.1", "$", ".5", "7.---"],
        ),
        (
            "number",
            ["7", "-12", "3.14159", "1,250.5", "+0", ".5", "-.50"],
            ["", "1,2,3", "1/2", "--1", "1."],
        ),
    ],
)
def test_names_stand_for_what_people_write(
    name: str, right: list[str], wrong: list[str]
) -> None:
    pattern = parse(name)
    assert [text for text in right if not pattern.matches(text)] == []
    assert [text for text in wrong if pattern.matches(text)] == []


def test_a_name_may_be_part_of_a_pattern() -> None:
    pattern = parse(r"time-time|\(amount\)")
    assert pattern.matches("10:30-11:00")
    assert pattern.matches("(12.50)")
    assert not pattern.matches("10:30")


def test_of_several_patterns_any_may_fit() -> None:
    pattern = parse([r"\d{5}", "date", r"\d+%"])
    assert all(pattern.matches(text) for text in ("90210", "12/25/96", "17%"))
    assert not pattern.matches("9021")
    assert parse(list(NAMED)).matches("10:30")


def test_exactly_is_one_text_only() -> None:
    text = "12.50" * 200  # longer than any pattern may be
    assert exactly(text).matches(text)
    assert not exactly(text).matches(text + "1")
    assert not exactly("11").matches("1")
    assert exactly("").matches("")


def test_a_pattern_goes_to_other_processes() -> None:
    again = pickle.loads(pickle.dumps(parse("amount")))  # noqa: S301
    assert again == parse("amount")
    assert again.matches("12.50")


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a", "dates", "(1", "1)", "1{", "1{2,1}", "1{x}", "1{999999}", "1{}", "1{,}", "1}", "{5}", "*1", "1**", "1?+",
        "^1", "1$", "1^", "[", "[]", "[a]", "]1", "[1", "[5-1]", "[,-.]", "[1-a]", r"[^\d.,\-/:+%=()$€ ]",
        r"\w", r"\1", "\\", "(?P<a>1)", "(?=1)", "(?!1)", "(?i)1", "1\n", "1\0", "\u2028",
    ],
)  # fmt: skip
def test_a_bad_pattern_says_what_is_wrong_and_where(pattern: str) -> None:
    with pytest.raises(SettingError, match="expect is") as caught:
        parse(pattern)
    assert "at character" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("digit", ["²", "٣", "３", "𝟚", "①"])
@pytest.mark.parametrize(
    "place", [r"\d{%s}", "%s", "[%s]", "[0-%s]", r"\d{1,%s}", r"\%s"]
)
def test_only_ascii_digits_are_digits(digit: str, place: str) -> None:
    with pytest.raises(SettingError, match="expect is"):
        parse(place.replace("%s", digit))
    assert not parse(r"\d.").matches("1" + digit)


ATTACKS = [
    r"(((\d{200}){200}){200}){200}",
    r"((\d?){0,200}){0,200}",
    r"((\d?){200}){200}",
    "(((((){200}){200}){200}){200}){200}",
    "(" * 100 + "1" + ")" * 100,
    "(" * 51 + "1",
    r"\d{1001}",
    r"(\d{500}|\d{501})",
    "(1|1{,999}){999}",
    r"(.*1.{11})",
    "(0|1)*1" + "(0|1)" * 30,
    "".join(f"({digit}?){{0,90}}" for digit in range(10)) + "(.*.*){45}",
    "(" + "1?" * 499 + ")*",
    "(1{999999}){999999}",
    "1" * 1001,
    "(date)" * 150,
]


@pytest.mark.parametrize("pattern", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_is_refused_in_one_line(pattern: str) -> None:
    with pytest.raises(SettingError, match="expect ") as caught:
        parse(pattern)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert re.search(
        r"\d[\d,]* (are allowed|of them|states|steps|groups)|like \{5\}", message
    ), message


def test_what_an_attack_costs_is_bounded() -> None:
    """By counting steps, so generously that only a cost without bound fails."""
    start = time.process_time()
    for pattern in ATTACKS:
        with pytest.raises(SettingError):
            parse([pattern])
    assert time.process_time() - start < 60


def test_several_patterns_share_the_limits() -> None:
    with pytest.raises(SettingError, match="a repeat is too large"):
        parse(r"\d{1234567}")
    with pytest.raises(SettingError, match="together stand for"):
        parse([r"\d{400}"] * 3)
    with pytest.raises(SettingError, match="1,001 characters"):
        parse(["1"] * 1001)
    with pytest.raises(SettingError, match="empty list"):
        parse([])


def test_a_long_plain_pattern_is_within_the_limits() -> None:
    assert parse(r"\d{1000}").matches("7" * LIMITS.size)
    assert parse(r"\d{0,999}").matches("")
    assert parse("(" * 50 + "1" + ")" * 50).matches("1")
