"""Rules across fields are used: the likeliest values of all fields together that satisfy them,
and how sure each is.

Fields that rules link are solved together. A way to fill the first fields matters for the rest only
by what it leaves in each rule's sum, so ways with the same sums are kept together: what all ways
weigh is exact, and so is the best one. What people write does not always add up: that the rules do
not hold is a hypothesis of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import exp, inf, log

from inkdigits.forms.evidence import Evidence, value_in
from inkdigits.forms.rules import Rule, amount_of
from inkdigits.forms.template import Field
from inkdigits.forms.texts import Text, log_difference, log_sum

_Choices = Mapping[str, Sequence[tuple[Text, Decimal]]]


@dataclass(frozen=True, slots=True)
class JointSettings:
    """What is taken to be known before anything is read."""

    # How often a rule does not hold on a sheet, because people add up wrongly. Estimated.
    broken: float = 0.01
    # How often a check digit does not fit its number, because it was copied wrongly. Estimated.
    check_broken: float = 0.002
    # The most texts of one field that are weighed against those of other fields.
    most_texts: int = 12
    # How far a text's log probability may lie below the best one's. Texts further off are tried
    # only where the rules cannot hold without them.
    near: float = 7.0
    # The most combinations that are kept; beyond that the unlikeliest are given up.
    most_states: int = 20_000


JOINT = JointSettings()


@dataclass(frozen=True, slots=True)
class Solved:
    """A field's text, how sure it is, and why it cannot be
    accepted however sure ("" where it can).
    """

    text: str
    confidence: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """Ways with the same sums: the best one's texts and log,
    and the log of what all of them weigh.
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

    Fields that cannot be read take their rules out of the game, and are said to.
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
    """Whether a rule can be asked about a field:
    a day or time that is not written is no day at all.
    """
    is_moment = field.kind in ("date", "time")
    return bool(texts) and not (evidence.blank and is_moment)


def _texts(field: Field, evidence: Evidence) -> tuple[Text, ...]:
    """What a field may say to a rule: blank counts as nothing written, which is 0 in a sum."""
    if evidence.blank:
        return (Text("", 0.0),)
    # Ticks and pictures have no amount that a rule could ask for.
    has_amount = field.kind not in ("choice", "image")
    if evidence.reason or not has_amount:
        return ()
    return evidence.texts[: JOINT.most_texts]


def _alone(
    field: Field, evidence: Evidence, texts: Sequence[Text], settings: JointSettings
) -> Solved:
    """By what is seen in the field itself, and its own check digit."""
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

    What does not fit the field is possible, but seldom.
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
    # Most forms are settled by the likely texts; all texts are tried only where those leave a
    # doubt.
    near = _choices(fields, texts, settings.near)
    best = _ways(names, near, rules, settings)
    if best is None or _doubt(best, near, rules, settings):
        near = _choices(fields, texts, inf)
        best = _ways(names, near, rules, settings)
    if best is None:
        reason = f"{' and '.join(rule.text for rule in rules)} does not hold"
        return {name: Solved(texts[name][0].text, 0.0, reason) for name in names}
    # A text's probability is the weight of all ways that have it, against the weight of all ways.
    whole = _weighed(best, near, settings)
    reason = _doubt(best, near, rules, settings)
    solved = {}
    for name, text in zip(names, best.texts, strict=True):
        fixed = {
            **near,
            name: [choice for choice in near[name] if choice[0].text == text],
        }
        with_it = _ways(names, fixed, rules, settings)
        share = exp(min(0.0, _weighed(with_it, fixed, settings) - whole))
        solved[name] = Solved(
            text, share * _legible(fields[name], seen[name], rules), reason
        )
    return solved


def _choices(
    fields: Mapping[str, Field], texts: Mapping[str, Sequence[Text]], near: float
) -> _Choices:
    """Each field's texts with what they count in a rule, those that are likely enough."""
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
    """The log of what all ways to fill the fields weigh, whether rules hold or not."""
    return sum(log_sum(text.log for text, _ in some) for some in choices.values())


def _weighed(ways: _Way | None, choices: _Choices, settings: JointSettings) -> float:
    """The log of what all ways weigh: those that satisfy the rules in full,
    the others as seldom as rules are broken.
    """
    fit = ways.total if ways else -inf
    return log_sum(
        [
            log(1 - settings.broken) + fit,
            log(settings.broken) + log_difference(_weight(choices), fit),
        ]
    )


def _legible(field: Field, evidence: Evidence, rules: Sequence[Rule]) -> float:
    """A sum that comes out shows that the digits in it were digits.

    Without a sum, the digits' own confidence decides.
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
    """A reason where it is likelier that the sheet does not add up
    than that it was read so unluckily.
    """
    others = log_difference(_weight(choices), best.total)
    if log(1 - settings.broken) + best.total < log(settings.broken) + others:
        return (
            f"{' and '.join(rule.text for rule in rules)} does not hold for what seems to "
            "be written"
        )
    return ""


def _amount(field: Field, text: Text) -> Decimal | None:
    """What a text counts in a sum; nothing written counts 0."""
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
    """The best way to fill all fields so that all rules hold, with the weight of all such ways.

    It is None where the rules cannot hold together.
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
                # A rule that is done says nothing more: its sum is forgotten, so that more ways are
                # alike.
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
