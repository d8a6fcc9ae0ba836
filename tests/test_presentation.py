"""Results as people see them: short reprs, tables, and their pictures with boxes."""

import base64
import csv
import gc
import io
import json
import pickle
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

import inkdigits
from inkdigits import (
    Box,
    Limits,
    Line,
    PageReading,
    Prediction,
    Reader,
    Reading,
    errors,
)
from inkdigits.formats.columns import NAMES
from inkdigits.formats.json import SCHEMA
from inkdigits.reading.picture_ref import KEPT_BYTES, PictureRef
from inkdigits.synthesis.drawn import as_file, draw_digit, draw_numbers

NUMBERS = ["90210", "34-25"]
BLANK = Image.new("L", (80, 60), 255)


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return draw_numbers(NUMBERS)


@pytest.fixture(scope="module")
def file(page: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "page.png"
    page.save(path)
    return path


@pytest.fixture(scope="module")
def reading(reader: Reader, file: Path) -> Reading:
    return reader.read(file)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "two.tiff"
    draw_numbers(["34"]).save(
        path, save_all=True, append_images=[draw_numbers(["256"])]
    )
    return path


def test_reprs_are_short(reader: Reader, reading: Reading, tmp_path: Path) -> None:
    assert repr(Prediction(7, 0.997, True, (0.1,) * 10)) == "Prediction(7, 99.7 %)"
    assert (
        repr(Prediction(7, 0.41, False, (0.1,) * 10, reason="unsure"))
        == "Prediction(7, 41.0 %, unsure)"
    )
    assert (
        repr(Line("12.50", 1.0, False, Box(0, 0, 1, 1), ()))
        == "Line('12.50', 99.9 %, not accepted)"
    )
    assert repr(reader) == "Reader('bundled', 1 thread)"
    own = tmp_path / "model.onnx"
    own.write_bytes(reader.classifier.path.read_bytes())
    assert repr(Reader(own, threads=2)) == f"Reader('{own}', 2 threads)"
    assert repr(reading) == f"Reading({', '.join(repr(line.text) for line in reading)})"
    many = tuple(Line(str(n), 1.0, True, Box(0, 0, 1, 1), ()) for n in range(5000))
    long = Reading((PageReading(many, 9, 9), PageReading((), 9, 9, 2)))
    assert repr(long) == "Reading(2 pages, '0', '1', '2', and 4,997 more)"
    assert (
        repr(long.pages)
        == "(PageReading(1, '0', '1', '2', and 4,997 more), PageReading(2, no numbers))"
    )


def test_results_as_dicts_are_the_json_of_the_command_line(
    reader: Reader, reading: Reading, file: Path
) -> None:
    whole = reading.to_dict()
    jsonschema.validate(json.loads(json.dumps(whole)), SCHEMA)
    assert whole["image"] == str(file)
    line = reading.lines[0]
    assert whole["pages"][0]["lines"][0] == line.to_dict()
    assert reading.pages[0].to_dict() == whole["pages"][0]
    assert line.digits[0].to_dict() == line.to_dict()["digits"][0]
    assert line.marks[0].to_dict() == line.to_dict()["marks"][0]
    answer = reader.predict(file)
    assert answer.to_dict()["digit"] == answer.digit


def test_csv_and_frames_have_the_same_rows(
    reader: Reader, reading: Reading, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    text = reading.to_csv(path)
    assert path.read_text() == text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["text"] for row in rows] == [line.text for line in reading]
    frame = reading.to_frame()
    assert tuple(frame.columns) == NAMES == tuple(rows[0])
    assert list(frame["number"]) == [line.number for line in reading]
    assert list(frame["accepted"]) == [line.accepted for line in reading]
    empty = reader.read(BLANK).to_frame()
    assert len(empty) == 1
    assert (empty["page"][0], empty["text"].isna()[0]) == (1, True)
    assert list(empty.dtypes) == list(frame.dtypes)
    with pytest.raises(errors.SettingError, match="name another file"):
        reading.to_csv(tmp_path)


def test_a_frame_is_of_the_library_that_is_there(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Any] = {}

    class Polars:
        String, Int64, Float64, Boolean = "String", "Int64", "Float64", "Boolean"
        __name__ = "polars"

        @staticmethod
        def DataFrame(rows: Any, schema: dict[str, str], orient: str) -> str:  # noqa: N802 - polars calls it so
            made.update(rows=rows, schema=schema)
            return "a frame of polars"

    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setitem(sys.modules, "polars", Polars())
    assert reading.to_frame() == "a frame of polars"
    assert tuple(made["schema"]) == NAMES
    assert len(made["rows"]) == len(reading.lines)
    monkeypatch.delitem(sys.modules, "polars")
    monkeypatch.setattr("inkdigits.frames.find_spec", lambda name: None)
    with pytest.raises(errors.MissingExtraError, match="pandas"):
        reading.to_frame()


def test_polars_takes_the_rows(
    reader: Reader, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("polars")
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    frame = reading.to_frame()
    assert frame["number"].to_list() == [line.number for line in reading]
    assert reader.read(BLANK).to_frame().schema == frame.schema


def test_a_reading_is_drawn_and_saved(
    reading: Reading, page: Image.Image, tmp_path: Path
) -> None:
    drawn = inkdigits.draw(reading)
    assert drawn.width == page.width
    assert (
        drawn.tobytes()
        == reading.draw().tobytes()
        == inkdigits.draw(reading, page).tobytes()
    )
    assert reading.save(tmp_path / "out.png") == [tmp_path / "out.png"]
    with Image.open(tmp_path / "out.png") as written:
        assert written.tobytes() == drawn.tobytes()
    for name in ("out.nothing", "gone/out.png"):
        with pytest.raises(errors.SettingError, match="cannot be written"):
            reading.save(tmp_path / name)


def test_show_opens_the_viewer(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[int, int]] = []
    monkeypatch.setattr(Image.Image, "show", lambda picture: shown.append(picture.size))
    reading.show()
    assert shown == [reading.draw().size]


def test_every_page_of_a_document_is_saved(
    reader: Reader, document: Path, tmp_path: Path
) -> None:
    found = reader.read(document)
    assert [path.name for path in found.save(tmp_path / "out.png")] == [
        "out-1.png",
        "out-2.png",
    ]
    assert found.save(tmp_path / "out.tiff") == [tmp_path / "out.tiff"]
    with Image.open(tmp_path / "out.tiff") as written:
        assert getattr(written, "n_frames", 1) == 2
    assert (
        found.draw(page=2).size
        == inkdigits.draw(found, page=2).size
        != found.draw().size
    )
    with pytest.raises(errors.SettingError, match="page 7 was not read: choose 1, 2"):
        found.draw(page=7)
    second = reader.read(document, pages="2")
    assert second.draw().tobytes() == found.draw(page=2).tobytes()


def test_parts_are_cut_out(
    reader: Reader, reading: Reading, page: Image.Image, document: Path
) -> None:
    digit = reading.lines[0].digits[2]
    box = digit.box
    corners = (box.left, box.top, box.right, box.bottom)
    assert reading.crop(digit).tobytes() == page.crop(corners).tobytes()
    assert reading.crop(box).size == reading.crop(digit).size
    assert reading.crop(reading.lines[0]).width > reading.crop(digit).width
    found = reader.read(document)
    for number, read_page in enumerate(found.pages, 1):
        for line in read_page.lines:
            with Image.open(document) as opened:
                opened.seek(number - 1)
                part = opened.convert("L").crop(
                    (line.box.left, line.box.top, line.box.right, line.box.bottom)
                )
            assert found.crop(line).tobytes() == part.tobytes()
    with pytest.raises(errors.SettingError, match="several pages"):
        found.crop(Box(0, 0, 5, 5))
    with pytest.raises(errors.SettingError, match="needs a part"):
        reading.crop()


def test_a_part_of_a_turned_page_is_upright(page: Image.Image) -> None:
    line = Line("1", 1.0, True, Box(10, 20, 60, 90), ())
    turned = Reading((PageReading((line,), page.width, page.height, 1, 90.0),))
    as_scanned = page.rotate(-90, expand=True)
    assert (
        turned.crop(line, as_scanned).tobytes() == page.crop((10, 20, 60, 90)).tobytes()
    )


def test_the_digit_of_a_prediction_is_cut_out(reader: Reader, seven: Path) -> None:
    answer = reader.predict(seven)
    assert answer.box is not None
    assert answer.crop().size == (
        answer.box.right - answer.box.left,
        answer.box.bottom - answer.box.top,
    )
    with pytest.raises(errors.SettingError, match="no box"):
        reader.predict(BLANK).crop()


def shown_picture(html: str) -> Image.Image:
    found = re.search(r'src="data:image/png;base64,([^"]+)"', html)
    assert found
    return Image.open(io.BytesIO(base64.b64decode(found[1])))


def test_notebooks_show_the_picture_with_its_boxes(
    reader: Reader, reading: Reading, seven: Path
) -> None:
    for result in (reading, reader.predict(seven)):
        png = result._repr_png_()
        assert png is not None
        assert Image.open(io.BytesIO(png)).tobytes() == result.draw().tobytes()
        assert shown_picture(result._repr_html_()).tobytes() == result.draw().tobytes()
    table = reading._repr_html_()
    assert all(f"<td>{line.text}</td>" in table for line in reading)


def page_of(width: int) -> Image.Image:
    return draw_numbers(["507"]).resize((width, width // 2))


def test_a_large_page_is_shown_no_larger_than_a_screen() -> None:
    page = page_of(2400)
    line = Line("1", 1.0, True, Box(10, 20, 60, 90), ())
    found = Reading((PageReading((line,), *page.size),), PictureRef.to(page, Limits()))
    assert max(shown_picture(found._repr_html_()).size) == 1000


def test_many_numbers_are_cut_short_in_a_notebook() -> None:
    many = tuple(Line(f"{n}<", 1.0, True, Box(0, 0, 1, 1), ()) for n in range(50))
    html = Reading((PageReading(many, 9, 9),))._repr_html_()
    assert html.count("<tr>") == 21
    assert "0&lt;" in html
    assert "and 30 numbers more" in html
    assert "no numbers on 1 page" in Reading((PageReading((), 9, 9),))._repr_html_()


def test_results_keep_small_pictures_alone(reader: Reader) -> None:
    """A large array or image is known as long as somebody holds it, a small one always."""
    large = np.asarray(page_of(600)).copy()
    assert large.nbytes > KEPT_BYTES
    found = reader.read(large)
    assert found.draw().width == 600
    del large
    gc.collect()
    with pytest.raises(errors.NotAPictureError, match="pass it, as in draw"):
        found.draw()
    assert found._repr_png_() is None
    assert "<table>" in found._repr_html_()
    batch = np.stack([np.asarray(draw_digit(digit, size_px=60)) for digit in (3, 5)])
    answers = reader.predict(batch)
    assert isinstance(answers, list)
    expected = [np.asarray(answer.draw()) for answer in answers]
    batch[:] = 0
    assert all(
        np.array_equal(answer.draw(), picture)
        for answer, picture in zip(answers, expected, strict=True)
    )


def test_bytes_are_kept_where_they_are_few_and_streams_never(
    reader: Reader, page: Image.Image
) -> None:
    content = as_file(page, "PNG")
    assert len(content) <= KEPT_BYTES
    assert reader.read(content).draw().width == page.width
    large = as_file(page_of(600), "BMP")
    for gone in (large, io.BytesIO(content)):
        with pytest.raises(errors.NotAPictureError, match="is no longer available"):
            reader.read(gone).draw()
    assert reader.read(large).draw(large).width == 600


def test_results_are_pickled_with_what_they_keep(
    reading: Reading, reader: Reader
) -> None:
    again = pickle.loads(pickle.dumps(reading))  # noqa: S301
    assert again == reading
    assert again.draw().tobytes() == reading.draw().tobytes()
    large = page_of(600)
    assert pickle.loads(pickle.dumps(reader.read(large)))._repr_png_() is None  # noqa: S301


def test_another_picture_in_its_place_is_refused(reading: Reading) -> None:
    with pytest.raises(errors.NotAPictureError, match="give the original picture"):
        reading.draw(BLANK)


def test_limits_are_public() -> None:
    with pytest.raises(errors.PictureTooLargeError):
        Reader(limits=Limits(max_pixels=10)).predict(BLANK)
