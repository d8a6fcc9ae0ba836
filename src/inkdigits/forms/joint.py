"""Rules across fields: the likeliest values that satisfy them, and how sure each is.

Fields linked by rules are solved together. A way to fill the first fields matters for
the rest only through the sums of the rules, so ways with the same sums are merged. The
weight of all ways is exact, and so is the best way. What people write does not always
add up: that a rule is broken is a hypothesis of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import exp, inf, log

from inkdigits.forms.evidence import Evidence, value_in
from inkdigits.forms.rules import Rule, amount_of
from inkdigits.forms.template import Field
from inkdigits.forms.texts import Text, log_difference, log_sum

_Choices = Mapping[str, Sequence[tuple[Text, Decimal]]]


@dataclass(frozen=True, slots=True)
class JointSettings:
    """What is assumed before anything is read."""

    # How often a rule is broken on a sheet, because people add up wrongly. Estimated.
    broken: float = 0.01
    # How often a check digit does not fit its number, because it was miscopied.
    # Estimated.
    check_broken: float = 0.002
    # The most texts of one field that are combined with those of other fields.
    most_texts: int = 12
    # How far a text's log probability may be below the best one's. Less likely texts
    # are tried only if the rules cannot hold without them.
    near: float = 7.0
    # The most combinations that are kept; the least likely ones beyond are dropped.
    most_states: int = 20_000


JOINT = JointSettings()


@dataclass(frozen=True, slots=True)
class Solved:
    """A field's text and confidence.

    `reason` says why it cannot be accepted at any confidence; it is "" if it can.
    """

    text: str
    confidence: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """All ways with the same sums.

    It has the texts and log of the best one, and the log of their total weight.
    """

    texts: tuple[str, ...]
    log: float
    total: float


def solve(
    fields: Mapping[str, Field],
    seen: Mapping[str, Evidence],
    rules: Sequence[Rule],
    settings: JointSettings = JOINT,
) -> dict[str, Solved]:
    """Every field's text.

    A rule is not applied if one of its fields cannot be read; that field's reason says
    why.
    """
    readable = {name: _texts(fields[name], evidence) for name, evidence in seen.items()}
    solved = {
        name: _alone(fields[name], seen[name], readable[name], settings)
        for name in seen
    }
    usable = [
        rule
        for rule in rules
        if all(_counts(fields[name], seen[name], readable[name]) for name in rule.names)
    ]
    for group in _linked(usable):
        names = sorted(
            {name for rule in group for name in rule.names}, key=list(fields).index
        )
        solved.update(
            _together(
                fields, seen, {name: readable[name] for name in names}, group, settings
            )
        )
    return solved


def _counts(field: Field, evidence: Evidence, texts: Sequence[Text]) -> bool:
    """Whether a rule can use a field; a blank date or time has no amount."""
    is_moment = field.kind in ("date", "time")
    return bool(texts) and not (evidence.blank and is_moment)


def _texts(field: Field, evidence: Evidence) -> tuple[Text, ...]:
    """The texts that a rule may use; a blank is one empty text, 0 in a sum."""
    if evidence.blank:
        return (Text("", 0.0),)
    # Ticks and pictures have no amount for a rule.
    has_amount = field.kind not in ("choice", "image")
    if evidence.reason or not has_amount:
        return ()
    return evidence.texts[: JOINT.most_texts]


def _alone(
    field: Field, evidence: Evidence, texts: Sequence[Text], settings: JointSettings
) -> Solved:
    """The text by what is seen in the field itself and its own check digit."""
    if evidence.blank:
        return Solved("", 1.0 if not evidence.reason else 0.0, evidence.reason)
    if evidence.reason:
        return Solved(evidence.seen, 0.0, evidence.reason)
    if field.kind == "image":
        return Solved("", 1.0)
    if not texts and not evidence.texts:
        return Solved(evidence.seen, 0.0, _why_none(field))
    best = evidence.texts[0]
    share = _share(best.log, evidence.texts, field, settings)
    if field.check is None:
        share *= evidence.legible
    return Solved(best.text, share)


def _why_none(field: Field) -> str:
    if field.check is not None:
        return f"its check digit ({field.check_name}) is wrong"
    return "it does not fit its pattern or range"


def _share(
    best: float, texts: Sequence[Text], field: Field, settings: JointSettings
) -> float:
    """The share of a text among all that are possible.

    Texts that do not fit the field are possible but rare.
    """
    fit = log_sum(text.log for text in texts)
    broken = settings.broken if field.check is None else settings.check_broken
    whole = log_sum([log(1 - broken) + fit, log(broken) + log_difference(0.0, fit)])
    return exp(log(1 - broken) + best - whole)


def _linked(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Rules in groups that share fields."""
    left = list(rules)
    while left:
        first = left.pop(0)
        group = [first]
        names = set(first.names)
        # Each rule that joins may bring fields that link further rules.
        while True:
            more = [rule for rule in left if names & set(rule.names)]
            if not more:
                break
            for rule in more:
                left.remove(rule)
                names.update(rule.names)
            group += more
        yield group


def _together(
    fields: Mapping[str, Field],
    seen: Mapping[str, Evidence],
    texts: Mapping[str, Sequence[Text]],
    rules: Sequence[Rule],
    settings: JointSettings,
) -> dict[str, Solved]:
    """The best values of a group of fields, each with its marginal probability."""
    names = list(texts)
    # The likely texts settle most forms; all texts are tried only if a doubt remains.
    near = _choices(fields, texts, settings.near)
    best = _ways(names, near, rules, settings)
    if best is None or _doubt(best, near, rules, settings):
        near = _choices(fields, texts, inf)
        best = _ways(names, near, rules, settings)
    if best is None:
        reason = f"{' and '.join(rule.text for rule in rules)} does not hold"
        return {name: Solved(texts[name][0].text, 0.0, reason) for name in names}
    # A text's probability is the weight of all ways with it, over that of all ways.
    whole = _weighed(best, near, settings)
    reason = _doubt(best, near, rules, settings)

    def share_of(name: str, text: str) -> float:
        """The probability that the field has this text."""
        only = [choice for choice in near[name] if choice[0].text == text]
        fixed = {**near, name: only}
        with_it = _ways(names, fixed, rules, settings)
        return exp(min(0.0, _weighed(with_it, fixed, settings) - whole))

    solved = {}
    for name, held in zip(names, best.texts, strict=True):
        text = held
        if reason:
            # What does not add up is shown as written, unless what would is likelier.
            text = max(held, texts[name][0].text, key=partial(share_of, name))
        share = share_of(name, text) * _legible(fields[name], seen[name], rules)
        solved[name] = Solved(text, share, reason)
    return solved


def _choices(
    fields: Mapping[str, Field], texts: Mapping[str, Sequence[Text]], near: float
) -> _Choices:
    """Each field's texts that are likely enough, with their amounts in a rule."""
    return {
        name: [
            (text, amount)
            for text in some
            if text.log >= some[0].log - near
            and (amount := _amount(fields[name], text)) is not None
        ]
        for name, some in texts.items()
    }


def _weight(choices: _Choices) -> float:
    """The log of the weight of all ways to fill the fields, rules aside."""
    return sum(log_sum(text.log for text, _ in some) for some in choices.values())


def _weighed(ways: _Way | None, choices: _Choices, settings: JointSettings) -> float:
    """The log of the total weight of all ways.

    Ways that satisfy the rules are weighted by how often rules hold, all others by how
    rarely they are broken.
    """
    fit = ways.total if ways else -inf
    return log_sum(
        [
            log(1 - settings.broken) + fit,
            log(settings.broken) + log_difference(_weight(choices), fit),
        ]
    )


def _legible(field: Field, evidence: Evidence, rules: Sequence[Rule]) -> float:
    """The confidence that a field's marks are digits.

    A sum or check digit that comes out right proves it; otherwise the digits' own
    confidence decides.
    """
    sums = [rule for rule in rules if rule.relation in ("=", "==")]
    in_sum = any(field.name in rule.names for rule in sums)
    # A check digit shows as much as a sum does.
    is_proved = in_sum or field.check is not None
    if is_proved or evidence.blank:
        return 1.0
    return evidence.legible


def _doubt(
    best: _Way, choices: _Choices, rules: Sequence[Rule], settings: JointSettings
) -> str:
    """Why the rules are doubted; "" if they are not.

    They are doubted if it is likelier that the sheet does not add up than that it was
    read so badly.
    """
    others = log_difference(_weight(choices), best.total)
    if log(1 - settings.broken) + best.total < log(settings.broken) + others:
        return (
            f"{' and '.join(rule.text for rule in rules)} does not hold for what seems to "
            "be written"
        )
    return ""


def _amount(field: Field, text: Text) -> Decimal | None:
    """The amount of a text in a sum; a blank counts 0."""
    if not text.text:
        return Decimal(0)
    value = value_in(field, text.text)
    return amount_of(value)


def _ways(
    names: Sequence[str],
    choices: _Choices,
    rules: Sequence[Rule],
    settings: JointSettings,
) -> _Way | None:
    """The best way to fill all fields so that all rules hold, or None if there is none.

    It has the weight of all such ways.
    """
    weights = [dict(rule.weights) for rule in rules]
    last = [max(names.index(name) for name in rule.names) for rule in rules]
    start = tuple(rule.constant for rule in rules)
    ways: dict[tuple[Decimal, ...], _Way] = {start: _Way((), 0.0, 0.0)}
    for place, name in enumerate(names):
        after: dict[tuple[Decimal, ...], _Way] = {}
        for sums, way in ways.items():
            for text, amount in choices[name]:
                following = tuple(
                    total + of_rule[name] * amount if name in of_rule else total
                    for total, of_rule in zip(sums, weights, strict=True)
                )
                ended = [index for index, end in enumerate(last) if end == place]
                if not all(rules[index].compare(following[index]) for index in ended):
                    continue
                # A rule that is complete no longer matters: its sum is dropped, so that
                # more ways are merged.
                key = tuple(
                    Decimal(0) if last[index] <= place else total
                    for index, total in enumerate(following)
                )
                made = _Way(
                    (*way.texts, text.text), way.log + text.log, way.total + text.log
                )
                after[key] = _merged(after.get(key), made)
        ways = after
        if len(ways) > settings.most_states:
            likeliest = sorted(ways.items(), key=lambda item: -item[1].log)[
                : settings.most_states
            ]
            ways = dict(likeliest)
    return next(iter(ways.values())) if ways else None


def _merged(one: _Way | None, other: _Way) -> _Way:
    if one is None:
        return other
    better = one if one.log >= other.log else other
    return _Way(better.texts, better.log, log_sum([one.total, other.total]))
