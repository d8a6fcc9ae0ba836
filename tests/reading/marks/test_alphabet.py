"""The alphabet of marks: in the order that the networks were trained with."""

import json

import pytest

from inkdigits.reading.marks import glyph_network, network
from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER, SIGNS
from inkdigits.reading.numbers import row_network
from inkdigits.reading.session import open_session


def test_each_class_has_one_place() -> None:
    assert len(set(CLASSES)) == len(CLASSES)
    assert "".join(CLASSES[:10]) == DIGITS == "0123456789"
    assert "".join(CLASSES[10:-1]) == SIGNS
    assert CLASSES[-1] == OTHER
    assert [CLASS_OF[name] for name in CLASSES] == list(range(len(CLASSES)))


@pytest.mark.parametrize("module", [network, glyph_network, row_network])
def test_the_networks_give_a_score_for_each_class(module: object) -> None:
    session = open_session(module.BUNDLED)  # type: ignore[attr-defined]
    channels = session.get_outputs()[0].shape[1]
    # The marks network also gives a centre and the four sides of a box.
    extra = 5 if module is network else 0
    assert channels == len(CLASSES) + extra
    text = session.get_modelmeta().custom_metadata_map["inkdigits"]
    assert json.loads(text)
