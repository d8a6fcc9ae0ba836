"""Any --data becomes glyphs and labels; what is wrong is one line that names the file."""

import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from idx_files import write_idx
from inkdigits import errors
from inkdigits.data import SETS, Dataset, info, load, split_validation
from inkdigits.data.sheets import preview
from inkdigits.reading.glyphs import frame, is_framed
from inkdigits.reading.marks.whole import all_ink
from inkdigits.reading.reader import Reader
from inkdigits.synthesis import drawn

pytestmark = pytest.mark.slow


def glyphs(count: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def wrong(source: object, said: str, **options: object) -> None:
    with pytest.raises(errors.DataError) as caught:
        load(source, **options)  # type: ignore[arg-type]
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_with_a_folder_per_digit(digit_folder: Path) -> None:
    data = load(digit_folder)
    assert len(data) == 40
    assert data.images.shape == (40, 28, 28)
    assert data.labels.tolist() == [digit for digit in range(10) for _ in range(4)]
    assert data.sources is not None
    assert data.sources[0].endswith("my_digits/0/0.png")


def test_a_folder_of_photos_is_framed_as_the_reader_frames_them(tmp_path: Path) -> None:
    """A shadow and rules are no part of the digit: a network learns what it will see."""
    photo = drawn.with_shadow(drawn.with_rules(drawn.draw_digit(7)))
    (tmp_path / "7").mkdir()
    photo.save(tmp_path / "7" / "photo.png")
    images = load(tmp_path).images
    assert np.array_equal(images[0], Reader().glyph(photo))
    assert Reader().predict_glyphs(images)[0].digit == 7


def test_a_digit_that_nobody_else_writes_so_is_all_of_the_ink(tmp_path: Path) -> None:
    """A 7 like an M: the networks would take a part of it for a digit."""
    sign = drawn.draw_sign("M", size_px=60, seed=701)
    (tmp_path / "7").mkdir()
    sign.save(tmp_path / "7" / "m.png")
    assert not Reader().predict(sign).accepted
    whole = frame(all_ink(np.asarray(sign.convert("L"))))
    assert np.array_equal(load(tmp_path).images[0], whole)


def test_glyphs_that_are_framed_stay_as_they_are(tmp_path: Path) -> None:
    """Also those that no network takes for a digit."""
    sign = frame(all_ink(np.asarray(drawn.draw_sign("M", size_px=60).convert("L"))))
    assert is_framed(sign)
    (tmp_path / "7").mkdir()
    Image.fromarray(sign).save(tmp_path / "7" / "m.png")
    assert np.array_equal(load(tmp_path).images[0], sign)


def test_a_folder_split_in_two(digit_folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "parted"
    root.mkdir()
    digit_folder.rename(root / "train")
    (root / "test" / "3").mkdir(parents=True)
    (root / "test" / "3" / "a.png").write_bytes(
        drawn.as_file(drawn.draw_digit(3), "PNG")
    )
    assert (
        len(load(root, split="train")),
        len(load(root, split="test")),
        len(load(root)),
    ) == (
        40,
        1,
        41,
    )


def test_an_unreadable_picture_in_a_folder_is_named(digit_folder: Path) -> None:
    bad = digit_folder / "7" / "x.png"
    bad.write_text("no picture")
    wrong(digit_folder, str(bad))


def test_empty_and_wrong_folders(tmp_path: Path) -> None:
    wrong(tmp_path, "has no pictures in folders named 0 to 9")


def test_csv_of_file_and_label(digit_folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("file,label\nmy_digits/3/0.png,3\nmy_digits/8/1.png,8\n")
    data = load(table)
    assert data.labels.tolist() == [3, 8]
    table.write_text("file,label\nmy_digits/3/0.png,three\n")
    wrong(table, "line 2: expected a file and a digit")
    table.write_text("name,digit\na,1\n")
    wrong(table, "expected file and label")
    table.write_text("file,label\nmy_digits/3/0.png,12\n")
    wrong(table, "has the label 12")


def test_csv_of_pixels(tmp_path: Path) -> None:
    table = tmp_path / "pixels.csv"
    images = glyphs(3).reshape(3, -1)
    header = "label," + ",".join(f"pixel{i}" for i in range(784))
    table.write_text(
        "\n".join(
            [
                header,
                *(f"{i}," + ",".join(map(str, row)) for i, row in enumerate(images)),
            ]
        )
    )
    data = load(table)
    assert np.array_equal(data.images.reshape(3, -1), images)
    assert data.labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files(tmp_path: Path, packed: bool) -> None:
    end = ".gz" if packed else ""
    images = glyphs(5)
    path = write_idx(tmp_path / f"my-images-idx3-ubyte{end}", images, packed=packed)
    write_idx(tmp_path / f"my-labels-idx1-ubyte{end}", np.arange(5), packed=packed)
    assert np.array_equal(load(path).images, images)
    assert load(tmp_path).labels.tolist() == [0, 1, 2, 3, 4]


def test_idx_files_that_are_wrong(tmp_path: Path) -> None:
    path = write_idx(tmp_path / "my-images-idx3-ubyte.gz", glyphs(5))
    wrong(path, "has no label file next to it")
    write_idx(tmp_path / "my-labels-idx1-ubyte.gz", np.arange(4))
    wrong(path, "the two files do not match")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    wrong(path, "cannot be unpacked")
    path.write_bytes(gzip.compress(b"\0\0\x08\x07" + b"\0" * 50))
    wrong(path, "magic 2055")
    path.write_bytes(gzip.compress(gzip.decompress(whole)[:-7]))
    wrong(path, "its header says")


def test_npz_as_keras_keeps_mnist(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    np.savez(
        path,
        x_train=glyphs(6),
        y_train=np.arange(6),
        x_test=glyphs(2, 1),
        y_test=np.arange(2),
    )
    assert (
        len(load(path, split="train")),
        len(load(path, split="test")),
        len(load(path)),
    ) == (
        6,
        2,
        8,
    )
    np.savez(path, images=glyphs(3) / 255.0, labels=np.arange(3))
    assert np.array_equal(load(path).images, glyphs(3))
    np.savez(path, pictures=glyphs(3))
    wrong(path, "holds pictures")


def test_npz_with_pickles_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.npz"
    np.savez(path, images=np.array([{"a": 1}], dtype=object), labels=np.arange(1))
    wrong(path, "is not an .npz of plain arrays")


def test_names_and_near_names(tmp_path: Path) -> None:
    wrong("mnits", "did you mean mnist?")
    wrong("something/else", "there is no data set, folder or file")
    wrong("usps", "name its folder with --data-dir", data_dir=tmp_path)
    other = tmp_path / "data.parquet"
    other.write_bytes(b"PAR1")
    wrong(other, "is not a data set")
    with pytest.raises(errors.SettingError, match="split is 'half'"):
        load("mnist", split="half")
    assert not info("usps").trainable
    assert info("pendigits").trainable


def test_digits8x8_needs_no_network() -> None:
    train, test = load("digits8x8", split="train"), load("digits8x8", split="test")
    assert (len(train), len(test)) == (1437, 360)
    assert len(load("digits8x8")) == 1797
    assert train.images.shape[1:] == (28, 28)


def test_a_validation_split_is_fair_and_always_the_same() -> None:
    data = Dataset("some", "train", glyphs(200), np.repeat(np.arange(10), 20))
    one, held = split_validation(data, 0.2, 7)
    again = split_validation(data, 0.2, 7)[1]
    assert (len(one), len(held)) == (160, 40)
    assert held.digest == again.digest != split_validation(data, 0.2, 8)[1].digest
    assert np.bincount(held.labels).tolist() == [4] * 10
    with pytest.raises(errors.SettingError):
        split_validation(data, 1.5, 7)


def test_a_dataset_holds_together() -> None:
    with pytest.raises(errors.DataError, match="2 images and 3 labels"):
        Dataset("bad", "all", glyphs(2), np.arange(3))
    data = Dataset("good", "all", glyphs(4), np.arange(4))
    assert data.first(2).labels.tolist() == [0, 1]
    assert data.first(None) is data
    assert data.digest != data.first(3).digest


def test_a_preview_has_a_row_for_each_label(tmp_path: Path) -> None:
    """However many pictures each has; ink of a label lies in its row alone."""
    images = np.full((18, 28, 28), 255, np.uint8)
    data = Dataset("few", "all", images, np.array([-1] * 2 + [3] * 12 + [7] * 4))
    with Image.open(preview(data, tmp_path / "sheet.png")) as sheet:
        pixels = np.asarray(sheet.convert("L"))
        rows = np.array_split(pixels[4:-4], 3)
    tiles = [int((row[row.shape[0] // 3] < 50).sum() // 80) for row in rows]
    assert tiles == [2, 10, 4]


@pytest.mark.parametrize("name", SETS)
def test_every_named_set_loads(drawn_sets: Path, name: str) -> None:
    loads_as_it_says(name, drawn_sets)


@pytest.mark.parametrize("name", SETS)
def test_every_real_set_loads(mnist_dir: Path, name: str) -> None:
    if (
        name not in ("mnist", "digits8x8")
        and not (mnist_dir / SETS[name].file).exists()
    ):
        pytest.skip(f"{name} is not in INKDIGITS_DATA")
    loads_as_it_says(name, mnist_dir)


def loads_as_it_says(name: str, folder: Path) -> None:
    train, test = (
        load(name, split="train", data_dir=folder),
        load(name, split="test", data_dir=folder),
    )
    assert train.images.shape[1:] == test.images.shape[1:] == (28, 28)
    assert train.images.dtype == np.uint8
    assert (train.labels.max() <= 9) == SETS[name].digits or train.labels.max() == -1
    assert train.trainable == SETS[name].trainable


def test_a_person_s_digits_stand_together_in_mnist(mnist_dir: Path) -> None:
    """What `benchmarks/bench_choices.py` relies on to hold out people: every second picture is of the same row of them."""
    data = load("mnist", split="train", data_dir=mnist_dir)
    ink = data.images.astype(np.float32) / 255
    edges = np.abs(np.diff(ink, axis=1)).sum((1, 2)) + np.abs(np.diff(ink, axis=2)).sum(
        (1, 2)
    )
    thickness = ink.sum((1, 2)) / edges
    for digit in range(10):
        thickness[data.labels == digit] -= thickness[data.labels == digit].mean()
    thickness /= thickness.std()
    alike = {
        apart: float((thickness[:-apart] * thickness[apart:]).mean())
        for apart in (1, 2, 10, 100, 1000)
    }
    assert alike[2] > 0.3
    assert alike[10] > 0.25
    assert alike[100] > 0.1
    assert abs(alike[1]) < 0.05
    assert alike[1000] < 0.05
