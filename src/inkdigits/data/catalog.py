"""The table of named sets: what they are, their terms, and whether a model may learn from them."""

import difflib
from dataclasses import dataclass

from inkdigits.errors import DataError

_UCI = "Alpaydin & Alimoglu / Kaynak, UCI Machine Learning Repository"
_UNIPEN = "Guyon et al., UNIPEN train_r01_v07 (1994)"


@dataclass(frozen=True, slots=True)
class SetInfo:
    """One named set; `file` lies below the data folder."""

    name: str
    file: str
    about: str
    terms: str
    citation: str
    trainable: bool = True
    digits: bool = True


SETS: dict[str, SetInfo] = {
    entry.name: entry
    for entry in (
        SetInfo(
            "mnist",
            "mnist",
            "60,000 + 10,000 digits, 28×28; downloaded automatically",
            "CC BY-SA 3.0",
            "LeCun, Cortes & Burges, The MNIST database (1998)",
        ),
        SetInfo(
            "digits8x8",
            "",
            "1,797 digits, 8×8, part of scikit-learn, works offline",
            "CC BY 4.0 (UCI)",
            _UCI,
        ),
        SetInfo(
            "pendigits",
            "pendigits/pendigits.npz",
            "10,992 pen-written digits, 44 writers",
            "CC BY 4.0 (UCI)",
            _UCI,
        ),
        SetInfo(
            "unipen",
            "unipen/unipen_digits.npz",
            "11,555 pen-written digits, 17 donors",
            "CC BY 4.0",
            _UNIPEN,
        ),
        SetInfo(
            "optdigits",
            "optdigits/optdigits32.npz",
            "4,677 digits, 32×32 bits",
            "CC BY 4.0 (UCI)",
            _UCI,
        ),
        SetInfo(
            "swiss",
            "swiss_numbers/swiss_numbers.npz",
            "8,061 scanned digits, 14 European writers",
            "public domain",
            "kensanata/numbers",
        ),
        SetInfo(
            "letters",
            "unipen/unipen_letters.npz",
            "11,949 pen-written letters: no digits",
            "CC BY 4.0",
            _UNIPEN,
            digits=False,
        ),
        SetInfo(
            "symbols",
            "unipen/unipen_symbols.npz",
            "7,616 pen-written symbols: no digits",
            "CC BY 4.0",
            _UNIPEN,
            digits=False,
        ),
        SetInfo(
            "omniglot",
            "omniglot/omniglot_small.npz",
            "3,180 characters of other scripts: no digits",
            "MIT",
            "Lake, Salakhutdinov & Tenenbaum, Science (2015)",
            digits=False,
        ),
        SetInfo(
            "signs",
            "mdas_symbols/mdas_symbols.npz",
            "6,006 signs + − × ÷ · : no digits",
            "MIT",
            "MDAS symbols",
            digits=False,
        ),
        SetInfo(
            "usps",
            "evaluate_only/usps.npz",
            "7,291 + 2,007 zip-code digits from envelopes",
            "evaluate only",
            "Hull (1994); ElemStatLearn",
            trainable=False,
        ),
        SetInfo(
            "ardis",
            "evaluate_only/ardis4_test.npz",
            "1,000 digits of Swedish church records",
            "evaluate only",
            "Kusetogullari et al., ARDIS (2020)",
            trainable=False,
        ),
        SetInfo(
            "semeion",
            "evaluate_only/semeion.npz",
            "1,593 digits, 16×16 bits, stretched",
            "evaluate only",
            "Semeion, UCI Machine Learning Repository",
            trainable=False,
        ),
        SetInfo(
            "dida",
            "evaluate_only/dida1000.npz",
            "1,000 historical digits cut from lines",
            "evaluate only",
            "Kusetogullari et al., DIDA (2020)",
            trainable=False,
        ),
    )
}
_ALIASES = {
    "swiss_numbers": "swiss",
    "unipen_digits": "unipen",
    "unipen_letters": "letters",
    "unipen_symbols": "symbols",
    "mdas_symbols": "signs",
    "ardis4": "ardis",
    "dida1000": "dida",
}


def names() -> list[str]:
    """The names `load` knows."""
    return list(SETS)


def find(name: str) -> SetInfo | None:
    """The set of a name or alias, in small or large letters."""
    key = name.lower()
    full_name = _ALIASES.get(key, key)
    return SETS.get(full_name)


def info(name: str) -> SetInfo:
    """What is known of a named set; an unknown name is an error that suggests near ones."""
    entry = find(name)
    if entry is None:
        near = difflib.get_close_matches(name.lower(), SETS, n=1)
        hint = (
            f"did you mean {near[0]}?" if near else f"the names are {', '.join(SETS)}"
        )
        raise DataError(f"there is no data set, folder or file {name!r}: {hint}")
    return entry


# Letters and signs that people write like digits: neither a digit nor a clear non-digit.
LOOK_ALIKES = frozenset("oOiIlsSzZBbgq|/',`.") | {"\\\\"}
