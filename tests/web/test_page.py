"""The page in a real browser: written on with a real mouse, given real files, read by a real service or by itself."""

import base64
import csv
import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import pages
from inkdigits.synthesis import drawn
from pages import PHONE, answer, draw, opened, shot, turn_to_4567, until

pytestmark = pytest.mark.slow

DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "image/jpeg" }));
  const options = { dataTransfer: carried, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, options));
}"""
PASTE = """(data) => {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
}"""


@pytest.fixture(autouse=True)
def _closed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pages that a test opened go with it."""
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()


def form(*lines: str) -> bytes:
    """A photo of numbers on paper, darker toward its corners."""
    picture = drawn.with_grain(
        drawn.with_vignette(
            drawn.draw_numbers(list(lines), size_px=64, paper=225), depth=0.3
        ),
        sigma=3,
    )
    return drawn.as_file(picture, "JPEG", quality=90)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_drawn_seven_is_a_seven(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    draw(page, "7")
    assert answer(page) == "7"
    assert "sure" in page.locator("#sure").inner_text()
    assert page.locator("#bars .first").get_attribute("aria-label").startswith("7: ")  # type: ignore[union-attr]
    assert page.locator("#live").inner_text().startswith("7. ")
    shot(
        page,
        f"seven-{'service' if 'host' in page.locator('#where').inner_text() else 'static'}",
    )


def test_a_whole_number_is_read_and_each_digit_shown(
    browser: Browser, url: str
) -> None:
    page = opened(browser, url)
    draw(page, "305")
    assert answer(page) == "305"
    assert [
        text.split("\n")[0] for text in page.locator("#digits button").all_inner_texts()
    ] == [
        "3",
        "0",
        "5",
    ]
    page.locator("#digits button").nth(2).click()
    assert page.locator("#bars .first").get_attribute("aria-label").startswith("5: ")  # type: ignore[union-attr]


def test_a_letter_is_not_sure(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    draw(page, "W")
    answer(page)
    assert page.locator("#sure").inner_text().startswith("Not sure")
    assert "unsure" in (page.locator("#answer").get_attribute("class") or "")


SHARES = """async () => {
  const { sharesOf } = await import("./answer.js");
  const wrong = [];
  for (const confidence of [0, 0.1, 0.222, 0.5, 0.9, 0.9999]) {
    for (const best of [0.11, 0.3, 0.9864, 1]) {
      const probabilities = new Array(10).fill((1 - best) / 9);
      probabilities[2] = best;
      const alternatives = [{ digit: 7, confidence: best }, { digit: 1, confidence: 0.4 }];
      const kinds = [{ digit: 2, probabilities }, { digit: 2, alternatives }, { digit: null, alternatives }];
      for (const kind of kinds) {
        const digit = { confidence, ...kind };
        const shares = sharesOf(digit);
        const sum = shares.reduce((one, other) => one + other, 0);
        if (Math.abs(sum - 1) > 1e-6 || shares.some((share) => share < 0)) wrong.push([digit, shares]);
        if (digit.digit === 2 && shares[2] !== confidence) wrong.push([digit, shares]);
      }
    }
  }
  return wrong;
}"""
WORDS = """async () => {
  const { sayDigit, sayNumber } = await import("./answer.js");
  const words = () => document.getElementById("sure").textContent;
  const said = [];
  const refused = { digit: 0, confidence: 0.3, accepted: false, probabilities: new Array(10).fill(0.1) };
  for (const reason of ["no digit", "several digits", "unsure"]) {
    sayDigit({ ...refused, reason });
    said.push(words());
  }
  const marks = [{ text: "1" }, { text: "2" }];
  const line = { text: "12", confidence: 0.9, accepted: false, alternatives: [], marks };
  for (const accepted of [true, false]) {
    sayNumber({ ...line, digits: [{ accepted: true }, { accepted }] });
    said.push(words());
  }
  return said;
}"""


def test_shares_sum_to_one_and_agree_with_what_is_said(
    browser: Browser, service_url: str
) -> None:
    page = opened(browser, service_url)
    assert page.evaluate(SHARES) == []


def test_what_is_said_of_refused_answers(browser: Browser, service_url: str) -> None:
    page = opened(browser, service_url)
    assert page.evaluate(WORDS) == [
        "Not sure: this is probably not a digit.",
        "Not sure: there are several digits.",
        "Not sure: perhaps a 0 (30 %).",
        "Not sure of the whole number: 90 %.",
        "Not sure of the whole number: 90 %. Check the highlighted marks.",
    ]


def test_a_service_with_a_key_asks_for_it(browser: Browser, tmp_path: Path) -> None:
    with pages.service(tmp_path, "--api-key", "sesame") as url:
        page = browser.new_context(viewport=pages.LAPTOP).new_page()
        page.set_default_timeout(60_000)
        page.goto(url)
        page.wait_for_selector("#key-dialog[open]")
        page.fill("#key-field", "wrong")
        page.click("#key-form .strong")
        until(
            page,
            "document.getElementById('key-said').textContent.startsWith('the API key is wrong')",
        )
        page.fill("#key-field", "sesame")
        page.click("#key-form .strong")
        page.wait_for_selector("html[data-ready=true]")
        assert page.locator("#key-dialog").is_hidden()
        draw(page, "7")
        assert answer(page) == "7"
        page.reload()
        page.wait_for_selector("html[data-ready=true]")
        assert page.locator("#key-dialog").is_hidden()


def test_the_answer_follows_while_one_draws(browser: Browser, static_url: str) -> None:
    page = opened(browser, static_url)
    frame = page.locator("#pad").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 200, frame["y"] + 100)
    page.mouse.down()
    page.mouse.move(frame["x"] + 200, frame["y"] + 300, steps=8)
    until(page, "document.getElementById('said').textContent !== ''")
    assert page.locator("#answer").get_attribute("data-settled") == "false"
    page.mouse.up()
    answer(page)


COUNTED = """
globalThis.asked = [];
globalThis.answered = 0;
const post = Worker.prototype.postMessage;
const counted = new WeakSet();
Worker.prototype.postMessage = function (message, ...rest) {
  asked.push(message.task);
  if (!counted.has(this)) this.addEventListener("message", () => setTimeout(() => (answered += 1)));
  counted.add(this);
  return post.call(this, message, ...rest);
};
"""
TWICE = """async () => {
  const { explain, live } = await import("./reader/reader.js");
  const canvasOf = (text) => {
    const wide = 80 * text.length + 40;
    const canvas = new OffscreenCanvas(wide, 160);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, wide, 160);
    Object.assign(pen, { fillStyle: "#000", font: "120px sans-serif" });
    pen.fillText(text, 20, 120);
    return canvas;
  };
  // The first has so many digits that it is not answered before the last is asked.
  const canvases = ["12345678901234567890", "7", "77"].map(canvasOf);
  const asked = [live(canvases[0]), explain(canvases[1]), live(canvases[2])];
  const found = await Promise.all(asked);
  return [found[0] === undefined, found[1] === undefined, found[2].lines.map((line) => line.text)];
}"""


def test_the_pen_lifted_asks_nothing_where_its_ink_is_answered(
    browser: Browser, static_url: str
) -> None:
    page = opened(browser, static_url, init=COUNTED)
    frame = page.locator("#pad").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 200, frame["y"] + 100)
    page.mouse.down()
    page.mouse.move(frame["x"] + 200, frame["y"] + 300, steps=8)
    until(page, "asked.includes('live') && answered === asked.length")
    before = page.evaluate("asked.filter((task) => task === 'live').length")
    assert page.locator("#answer").get_attribute("data-settled") == "false"
    page.mouse.up()
    assert answer(page) == "1"
    assert page.evaluate("asked.filter((task) => task === 'live').length") == before


def test_newer_ink_goes_before_what_was_asked_about_older(
    browser: Browser, static_url: str
) -> None:
    page = opened(browser, static_url)
    assert page.evaluate(TWICE) == [True, True, ["77"]]


def test_a_page_left_and_come_back_to_has_its_answer(
    browser: Browser, static_url: str
) -> None:
    page = opened(browser, static_url)
    draw(page, "305")
    answer(page)
    page.evaluate(
        PASTE, encoded(drawn.as_file(drawn.draw_numbers(["42"], size_px=64), "PNG"))
    )
    until(page, "document.getElementById('said').textContent === '42'")
    page.locator("#back").click()
    assert answer(page) == "305"


def test_undo_clear_and_keys(browser: Browser, static_url: str) -> None:
    page = opened(browser, static_url)
    draw(page, "77")
    assert answer(page) == "77"
    page.keyboard.press("Control+z")
    assert answer(page) == "7"
    page.keyboard.press("Escape")
    page.wait_for_selector("#answer.idle")
    assert page.locator("#undo").is_disabled()
    width = page.locator("#width").input_value()
    page.keyboard.press("]")
    assert int(page.locator("#width").input_value()) == int(width) + 2
    page.keyboard.press("t")
    assert page.locator("html").get_attribute("data-theme") == "light"


def test_a_dropped_photo_is_read_with_boxes_and_taken_away_as_text_csv_and_json(
    browser: Browser, url: str, tmp_path: Path
) -> None:
    page = opened(browser, url)
    page.evaluate(DROP, ["form.jpg", encoded(form("90210", "1998"))])
    assert answer(page) == "90210 1998"
    assert page.locator("#picture .mark").count() == 9
    shot(page, "photo")
    page.click("#copy")
    until(page, "document.getElementById('toast').textContent === 'Copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == "90210\n1998"
    for kind in ("csv", "json"):
        with page.expect_download() as download:
            page.click(f"#{kind}")
        download.value.save_as(tmp_path / f"numbers.{kind}")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "numbers.csv").read_text())))
    assert [(row["file"], row["line"], row["text"]) for row in rows] == [
        ("form.jpg", "1", "90210"),
        ("form.jpg", "2", "1998"),
    ]
    assert (
        json.loads((tmp_path / "numbers.json").read_text())[0]["pages"][0]["text"]
        == "90210\n1998"
    )


def test_a_pasted_picture_is_read(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.evaluate(PASTE, encoded(drawn.as_file(drawn.draw_digit(4), "PNG")))
    assert answer(page) == "4"


def test_several_pictures_are_pages(browser: Browser, static_url: str) -> None:
    page = opened(browser, static_url)
    files = [
        {"name": f"{text}.jpg", "mimeType": "image/jpeg", "buffer": form(text)}
        for text in ("12345", "678")
    ]
    page.set_input_files("#file", files)  # type: ignore[arg-type]
    assert answer(page) == "12345"
    assert page.locator("#page-name").inner_text() == "1 of 2"
    page.click("#next")
    until(page, "document.getElementById('said').textContent === '678'")


def test_the_pages_of_a_tiff_are_read_by_the_service(
    browser: Browser, service_url: str
) -> None:
    page = opened(browser, service_url)
    out = io.BytesIO()
    drawn.draw_numbers(["123"]).save(
        out, "TIFF", save_all=True, append_images=[drawn.draw_numbers(["4567"])]
    )
    page.set_input_files(
        "#file",
        {"name": "scan.tif", "mimeType": "image/tiff", "buffer": out.getvalue()},
    )
    assert answer(page) == "123"
    turn_to_4567(page)


def test_what_is_no_picture_is_said_plainly(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.set_input_files(
        "#file", {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    answer(page)
    assert "notes.png" in page.locator("#sure").inner_text()


def test_the_camera_takes_a_picture(browser: Browser, static_url: str) -> None:
    page = opened(browser, static_url, permissions=["camera"])
    page.click("#camera")
    until(page, "document.getElementById('viewfinder').videoWidth > 0")
    page.click("#shoot")
    page.wait_for_selector("#picture svg")
    answer(page)


def test_one_click_corrects_and_the_service_keeps_it(
    browser: Browser, service_url: str
) -> None:
    page = opened(browser, service_url)
    draw(page, "7")
    answer(page)
    page.get_by_role("button", name="It is a 1", exact=True).click()
    page.wait_for_selector("#toast.up")
    with urllib.request.urlopen(service_url + "openapi.json") as document:  # noqa: S310
        keeps = "/v1/corrections" in json.load(document)["paths"]
    assert page.locator("#toast").inner_text() == (
        "Thank you. Saved by the service."
        if keeps
        else "Not saved: this service does not store corrections."
    )


def taken_away(page: Page, folder: Path) -> tuple[str, list[str]]:
    """What is copied, and the texts in numbers.csv."""
    page.click("#copy")
    until(page, "document.getElementById('toast').textContent === 'Copied.'")
    with page.expect_download() as download:
        page.click("#csv")
    download.value.save_as(folder / "numbers.csv")
    rows = csv.DictReader(io.StringIO((folder / "numbers.csv").read_text()))
    copied: str = page.evaluate("navigator.clipboard.readText()")
    return copied, [row["text"] for row in rows]


def corrected(page: Page, name: str, said: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    until(page, f"document.getElementById('said').textContent === '{said}'")
    # Stored, and said so: what is said next stays.
    page.wait_for_selector(f".right-ones .kept[aria-label='{name}']")


def test_a_correction_changes_the_answer_and_what_is_taken_away(
    browser: Browser, url: str, tmp_path: Path
) -> None:
    page = opened(browser, url)
    draw(page, "7")
    answer(page)
    corrected(page, "It is a 1", "1")
    assert page.locator("#sure").inner_text() == "Corrected by you."
    assert taken_away(page, tmp_path) == ("1", ["1"])
    corrected(page, "It shows no digit", "–")
    page.click("#clear")
    draw(page, "305")
    assert answer(page) == "305"
    page.locator("#digits button").nth(1).click()
    corrected(page, "It is a 8", "385")
    assert taken_away(page, tmp_path) == ("385", ["385"])
    page.evaluate(DROP, ["form.jpg", encoded(form("90210", "1998"))])
    assert answer(page) == "90210 1998"
    page.locator("#picture .mark").nth(4).click()
    corrected(page, "It is a 6", "90216 1998")
    corrected(page, "It shows no digit", "9021 1998")
    assert taken_away(page, tmp_path) == ("9021\n1998", ["9021", "1998"])
    assert page.locator("#picture .mark.refused").count() == 1
    corrected(page, "It is a 0", "90210 1998")


REFUSED = """async () => {
  const { correctedLine } = await import("./corrected.js");
  const box = [0, 0, 9, 9];
  const digit = (text) => ({ digit: Number(text), confidence: 0.5, accepted: false, box, alternatives: [] });
  const mark = (text) => ({ text, confidence: 0.5, box });
  const marks = ["1", "", ".", "5"].map(mark);
  const digits = ["1", "5"].map(digit);
  const refused = { number: "15", value: null, confidence: 0.2, accepted: false };
  const line = { ...refused, text: "1.5", box, digits, marks, alternatives: [] };
  const first = correctedLine(line, 1, 2);
  const all = correctedLine(correctedLine(first, 0, 1), 3, 5);
  const joined = (line) => line.digits.map(({ digit }) => digit).join("");
  const seen = (line) => [line.text, line.number, line.value, line.accepted, joined(line)];
  return [seen(first), seen(all), JSON.stringify(all).includes("corrected")];
}"""


def test_a_refused_mark_can_be_told_to_be_a_digit(
    browser: Browser, service_url: str
) -> None:
    first, every, tells = opened(browser, service_url).evaluate(REFUSED)
    assert first == ["12.5", "125", "12.5", False, "125"]
    assert every == ["12.5", "125", "12.5", True, "125"]
    assert not tells


def test_without_a_service_corrections_stay_here_and_make_a_folder_per_digit(
    browser: Browser, static_url: str, tmp_path: Path
) -> None:
    page = opened(browser, static_url)
    draw(page, "7")
    answer(page)
    for name in ("It is a 1", "It shows no digit"):
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_selector(f".right-ones .kept[aria-label='{name}']")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my corrections").click()
    download.value.save_as(tmp_path / "corrections.zip")
    with zipfile.ZipFile(tmp_path / "corrections.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["corrections/1/1.png", "corrections/none/2.png"]


def test_what_the_net_sees_and_why(browser: Browser, static_url: str) -> None:
    page = opened(browser, static_url)
    draw(page, "7")
    answer(page)
    until(page, "document.getElementById('why-note').textContent.endsWith('a 7')")
    lit = "(id) => new Set(document.getElementById(id).getContext('2d').getImageData(0, 0, 28, 28).data).size"
    assert page.evaluate(lit, "seen") > 10
    assert page.evaluate(lit, "why") > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_has_room_for_all_of_it(
    browser: Browser, url: str, scheme: str
) -> None:
    page = opened(
        browser,
        url,
        viewport=PHONE,
        has_touch=True,
        device_scale_factor=2,
        color_scheme=scheme,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    draw(page, "305")
    assert answer(page) == "305"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shown = page.locator("#said").bounding_box()
    assert shown is not None
    assert shown["y"] + shown["height"] < PHONE["height"]
    assert page.locator("#where").is_visible()
    shot(page, f"phone-{scheme}")


def test_it_asks_no_other_host_and_needs_no_network_once_open(
    browser: Browser, static_url: str
) -> None:
    page = opened(browser, static_url)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    until(
        page,
        "navigator.serviceWorker.ready.then((found) => found.active.state === 'activated')",
    )
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    draw(page, "42")
    assert answer(page) == "42"
    assert all(url.startswith((static_url, "blob:", "data:")) for url in asked)


def test_every_control_has_a_name_and_texts_have_contrast(
    browser: Browser, static_url: str
) -> None:
    for scheme in ("light", "dark"):
        page = opened(browser, static_url, color_scheme=scheme)
        draw(page, "305")
        answer(page)
        assert page.evaluate(_NAMELESS) == []
        assert page.evaluate(_PALE) == []


_NAMELESS = """() => [...document.querySelectorAll("button, input, canvas, a")].filter((one) => one.offsetParent
  && !one.getAttribute("aria-label") && !one.innerText?.trim() && !one.labels?.length).map((one) => one.id)"""
_PALE = """() => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  const light = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return /rgba\\(.*, 0\\)|transparent/.test(colour) && one.parentElement ? ground(one.parentElement) : colour;
  };
  const hasText = (one) => one.offsetParent && [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  return [...document.querySelectorAll("body *")].filter(hasText)
    .filter((one) => !one.closest(":disabled, .hint.gone, svg, .unseen, .skip, .toast")).map((one) => {
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.id || one.className, one.textContent.slice(0, 20)];
  }).filter(([ratio]) => ratio < 4.5);
}"""


def test_the_page_is_light() -> None:
    weight = sum(
        path.stat().st_size
        for path in (
            Path(pages.__file__).parent.parent / "src/inkdigits/web/static"
        ).rglob("*")
        if path.is_file()
    )
    assert weight <= 300_000


def focused(page: Page) -> str:
    name: str = page.evaluate(
        "document.activeElement.id || document.activeElement.className"
    )
    return name


def test_the_keyboard_reaches_everything_in_reading_order(
    browser: Browser, static_url: str
) -> None:
    page = opened(browser, static_url)
    page.wait_for_selector("#undo:disabled")
    order = []
    for _ in range(6):
        page.keyboard.press("Tab")
        order.append(focused(page))
    assert order == ["skip", "keys", "theme", "width", "file", "camera"]
