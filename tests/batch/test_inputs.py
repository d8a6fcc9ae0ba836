"""Every kind of input, read by a real worker process."""

from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from batch_files import NUMBERS, batch, picture, rows, tar_of, texts
from inkdigits import Reader
from inkdigits.batch import Settings, Summary, run
from inkdigits.batch.inputs import items_of
from inkdigits.batch.settings import How
from inkdigits.errors import SettingError
from inkdigits.formats.columns import NAMES
from inkdigits.outputs import open_output
from inkdigits.synthesis.drawn import as_file, draw_numbers
from table_files import READERS

EXPECTED = {f"{number}.png:1": number for number in NUMBERS}


def read(*inputs: object, output: Path, **how: Any) -> Summary:
    how.setdefault("format", "jsonl")
    return run(Settings(tuple(map(str, inputs)), str(output), How(**how), workers=1))


def test_a_folder_a_glob_and_a_list_together_give_each_picture_once(
    pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text(
        f"# some\n\n{pictures}/78.png\n{pictures}/34625.png\n{pictures}/more\n"
    )
    around = f"{pictures}/../{pictures.name}/34625.png"
    inputs = (
        pictures,
        around,
        f"{pictures}/*.png",
        f"@{tmp_path}/list.txt",
        tmp_path / "list.txt",
        pictures / "34625.png",
    )
    summary = read(*inputs, output=tmp_path / "out")
    assert texts(tmp_path / "out") == EXPECTED
    assert (summary.pictures, summary.lines, summary.errors) == (
        len(NUMBERS) + 1,
        len(NUMBERS),
        1,
    )
    assert "78.png does not exist" in rows(tmp_path / "out", "errors")[0]["reason"]


def test_a_list_is_split_at_line_ends_alone(pictures: Path, tmp_path: Path) -> None:
    odd = pictures / "a\u2028b\x85 c.png"
    odd.write_bytes(picture("64"))
    (tmp_path / "list.txt").write_bytes(f"{odd}\r\n  {pictures}/78.png \n".encode())
    names = [item.path for item in items_of([f"@{tmp_path}/list.txt"])]
    assert names == [str(odd), f"{pictures}/78.png"]


def test_members_of_a_tar_are_read_where_they_lie(tmp_path: Path) -> None:
    shard = tar_of(tmp_path / "shard.tar", NUMBERS)
    assert read(shard, output=tmp_path / "out").pictures == len(NUMBERS)
    assert {row["source"]: row["text"] for row in rows(tmp_path / "out")} == {
        f"{shard}/{n}.png": n for n in NUMBERS
    }


@pytest.mark.parametrize("struct", [False, True])
def test_a_column_of_a_parquet_file(tmp_path: Path, struct: bool) -> None:
    values: list[Any] = [picture(number) for number in NUMBERS] + [None]
    if struct:
        values = [{"bytes": value, "path": "x.png"} for value in values]
    path = tmp_path / "numbers.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"id": range(7), "scan": values}), path, row_group_size=4
    )
    read(tmp_path, output=tmp_path / "out")
    assert {row["source"]: row["text"] for row in rows(tmp_path / "out")} == {
        f"{path}/{n}": t for n, t in enumerate(NUMBERS)
    }
    assert [row["source"] for row in rows(tmp_path / "out", "errors")] == [f"{path}/6"]
    with pytest.raises(
        SettingError, match=r"'id' of pictures .* name one with --column"
    ):
        read(path, output=tmp_path / "other", column="id")


def test_pages_of_pdf_and_tiff(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.tiff"):
        pages = [draw_numbers([number], size_px=60) for number in ("34", "25", "78")]
        pages[0].save(
            tmp_path / name, save_all=True, append_images=pages[1:], resolution=200
        )
    read(tmp_path / "a.pdf", tmp_path / "b.tiff", output=tmp_path / "out")
    assert texts(tmp_path / "out") == {
        f"{name}:{n}": t
        for name in ("a.pdf", "b.tiff")
        for n, t in ((1, "34"), (2, "25"), (3, "78"))
    }


def test_bad_pictures_are_named_with_their_reason_and_stop_nothing(
    pictures: Path, tmp_path: Path
) -> None:
    (pictures / "a.png").write_bytes(b"no picture")
    (pictures / "b.png").write_bytes(picture("34625")[:400])
    (pictures / "c.png").write_bytes(b"")
    (pictures / "d.tar").write_bytes(b"no tar")
    (pictures / "e.parquet").write_bytes(b"no table")
    (pictures / "f.pdf").write_bytes(b"%PDF-1.4 broken")
    pyarrow.parquet.write_table(pyarrow.table({"id": [1]}), pictures / "g.parquet")
    tar_of(pictures / "h.tar", ["78"]).write_bytes(
        (pictures / "h.tar").read_bytes()[:600]
    )
    Image.new("L", (100, 100), 255).save(pictures / "blank.png")
    summary = read(pictures, output=tmp_path / "out", format="csv")
    errors = {Path(row["source"]).name: row for row in rows(tmp_path / "out", "errors")}
    assert {name[0] for name in errors} >= set("abcdefg")
    assert all(row["reason"] and row["page"] is None for row in errors.values())
    assert {
        name: text for name, text in texts(tmp_path / "out").items() if name in EXPECTED
    } == EXPECTED
    done = "".join(
        path.read_text() for path in (tmp_path / "out" / "pictures").iterdir()
    )
    assert done.count("\n") == summary.pictures
    assert '"blank.png", "lines": 0, "errors": 0' in done.replace(f"{pictures}/", "")


def test_a_page_that_cannot_be_drawn_costs_only_itself(tmp_path: Path) -> None:
    pages = [
        draw_numbers(["34"], size_px=60),
        Image.new("L", (9_000, 9_001), 255),
        draw_numbers(["25"], size_px=60),
    ]
    pages[0].save(
        tmp_path / "a.pdf", save_all=True, append_images=pages[1:], resolution=200
    )
    read(tmp_path / "a.pdf", output=tmp_path / "out")
    assert texts(tmp_path / "out") == {"a.pdf:1": "34", "a.pdf:3": "25"}
    (error,) = rows(tmp_path / "out", "errors")
    assert error["page"] == 2
    assert "limit is 80,000,000" in error["reason"]


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_the_three_formats_say_the_same(
    pictures: Path, tmp_path: Path, form: str
) -> None:
    (pictures / "x.png").write_bytes(b"no picture")
    read(pictures, output=tmp_path / form, format=form)
    row = next(row for row in rows(tmp_path / form) if row["text"] == "34625")
    assert list(row) == [
        "source",
        "page",
        "text",
        "number",
        "confidence",
        "accepted",
        "box",
    ]
    assert (row["source"], row["page"], row["number"]) == (
        f"{pictures}/34625.png",
        1,
        "34625",
    )
    assert isinstance(row["accepted"], bool)
    assert len(row["box"]) == 4
    assert all(isinstance(side, int) for side in row["box"])
    assert 0 < row["confidence"] <= 1
    assert list(rows(tmp_path / form, "errors")[0]) == ["source", "page", "reason"]
    assert texts(tmp_path / form) == EXPECTED


def test_several_patterns_are_those_of_the_batch_when_it_goes_on(
    pictures: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = read(pictures, output=out, expect=(r"\d{5}", r"\d{3}"))
    assert first.read_now == len(NUMBERS)
    assert {"34625", "903"} <= set(texts(out).values())
    assert {len(text) for text in texts(out).values()} <= {3, 5}
    assert read(pictures, output=out, expect=(r"\d{5}", r"\d{3}")).read_now == 0
    with pytest.raises(SettingError, match="the output contains another batch"):
        read(pictures, output=out, expect=(r"\d{5}",))


def test_what_is_not_there_or_does_not_fit_is_one_line(
    pictures: Path, tmp_path: Path
) -> None:
    for arguments, said in (
        ((tmp_path / "none",), "does not exist, or contains no pictures"),
        ((f"@{tmp_path}/none.txt",), "there is no list at"),
        ((pictures, "--format", "xml"), "choose parquet, csv, jsonl"),
        ((pictures, "--engine", "spark"), "choose local, ray"),
        ((pictures, "--workers", "0"), "give 1 or more"),
        ((pictures, "--address", "here:1"), "add --engine ray"),
        ((pictures, "--model", tmp_path / "none.onnx"), "there is no model"),
        ((pictures, "--expect", "[a]"), "expect is '[a]'"),
    ):
        result = batch(*arguments, "--output", tmp_path / "out")
        assert result.returncode == 2
        assert said in result.stderr
        assert result.stderr.count("\n") == 1


def test_items_are_listed_in_the_order_of_their_names(pictures: Path) -> None:
    names = [
        Path(item.path).relative_to(pictures).as_posix()
        for item in items_of([str(pictures)])
    ]
    assert names == sorted(names)
    assert len(names) == len(NUMBERS)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_all_shards_become_one_file_with_the_columns_of_read(
    pictures: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    (pictures / "=blank.png").write_bytes(as_file(Image.new("L", (60, 40), 255), "PNG"))
    (pictures / "bad.png").write_bytes(b"no picture")
    settings = Settings(
        (".",),
        str(tmp_path / "out"),
        How(format=form),
        workers=1,
        shard=3,
        single_file=True,
    )
    run(settings)
    pages = [
        str(file) for file in sorted(pictures.rglob("*.png")) if file.name != "bad.png"
    ]
    expected = READERS[form](written_by_read(pages, tmp_path / f"expected.{form}"))
    found = READERS[form](tmp_path / "out" / f"numbers.{form}")

    def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        keys = [
            (Path(row["file"]).name, *(row[name] for name in NAMES[1:])) for row in rows
        ]
        return sorted(keys, key=lambda key: (key[0], key[1], key[2] or 0))

    assert told(found) == told(expected)
    assert ("=blank.png", 1) in [key[:2] for key in told(found)]
    assert "bad.png" in (tmp_path / "out" / f"errors.{form}").read_bytes().decode(
        "latin-1"
    )
    before = (tmp_path / "out" / f"numbers.{form}").read_bytes()
    assert run(settings).read_now == 0
    assert (tmp_path / "out" / f"numbers.{form}").read_bytes() == before


def written_by_read(pages: list[str], path: Path) -> Path:
    reader = Reader()
    with open_output(path) as out:
        for page in pages:
            out.add(page, reader.read(page))
    return path
