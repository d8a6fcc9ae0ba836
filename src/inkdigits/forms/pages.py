"""A page of a pile → which form's page it is, and what was seen in each of its fields."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from inkdigits.forms import cells
from inkdigits.forms.evidence import Evidence, as_in_line, fitting
from inkdigits.forms.registration.align import Alignment, PageOnTable, Refused
from inkdigits.forms.registration.blank import PX_PER_MM, Blank, Floats
from inkdigits.forms.registration.ink import Written, cut_out
from inkdigits.forms.sheet import digest, qr_box
from inkdigits.forms.template import Field, FormTemplate, Rect
from inkdigits.forms.texts import Place, Text, likely_texts
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.reader import Reader

NOT_IN_PLACE = "the print around it is not where it should be"
EMPTY_BOX = "a box in its middle is blank"


@dataclass(frozen=True, slots=True)
class PageSettings:
    """How fields are cut out and judged; lengths in millimetres."""

    margin: float = 0.9  # around a comb: people write over its edge
    # Around a field without boxes: more would include its neighbours
    line_margin: float = 0.3
    tick_inside: float = 0.5  # of a tick box's edge is left out
    ticked: float = 0.06  # of a box's inside that ink covers
    touched: float = 0.015  # less than ticked, more than this: it cannot be said
    rival: float = 0.35  # a second box with so much less ink is a slip of the pen
    # Share of print by which one form must fit better than the next
    clearly: float = 0.1
    fingerprint: tuple[int, int] = (
        84,
        119,
    )  # columns and rows in which a page's ink is summed up: 2.5 mm of A4
    gap_at_least: int = 6  # lines stay so far from the cut-out's edge, in pixels


PAGES = PageSettings()


@dataclass(frozen=True)
class SeenPage:
    """A page as seen; `reason` says why none of it can be read."""

    form: str = ""
    page: int = 0
    id: str = ""
    reason: str = ""
    share: float = 0.0  # of the form's print that is in place
    ink: str = ""  # where ink lies on it, to know the same sheet again
    # Where the page's corners lie on the picture, clockwise from above at the left: x, y, x, y, …
    corners: tuple[float, ...] = ()
    fields: dict[str, Evidence] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        names = ("form", "page", "id", "reason", "share", "ink")
        named = {name: getattr(self, name) for name in names}
        return {
            **named,
            "corners": list(self.corners),
            "fields": {
                name: evidence.to_dict() for name, evidence in self.fields.items()
            },
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "SeenPage":
        fields = {
            name: Evidence.from_dict(each) for name, each in content["fields"].items()
        }
        return cls(
            **{
                **content,
                "corners": tuple(content.get("corners", ())),
                "fields": fields,
            }
        )


class FormPageReader:
    """Reads the pages of a pile that may hold several forms."""

    def __init__(
        self,
        forms: Sequence[FormTemplate],
        reader: Reader,
        settings: PageSettings = PAGES,
    ) -> None:
        self.forms = forms
        self.reader = reader
        self._settings = settings
        self._blanks = [Blank.of(form, page) for form in forms for page in form.pages]

    def read(self, page: Page) -> SeenPage:
        """The page, or why it belongs to none of the forms."""
        alignment = self._recognised(page.grey)
        if isinstance(alignment, Refused):
            return SeenPage(reason=alignment.reason, share=round(alignment.share, 4))
        blank = alignment.blank
        named = SeenPage(
            blank.form.name, blank.page.number, share=round(alignment.share, 4)
        )
        identity = ""
        if blank.page.blank is None:
            said = _qr(alignment)
            if said is not None:
                parts = said.split(":", 3)
                if len(parts) != 4 or parts[1] != digest(blank.form):
                    return replace(
                        named,
                        reason="its QR code is that of another template: was the form changed?",
                    )
                if parts[2] != str(blank.page.number):
                    return replace(
                        named,
                        reason=f"its QR code is that of page {parts[2]}, "
                        f"its print that of page {blank.page.number}",
                    )
                identity = parts[3]
        fields = self._fields(alignment, page.scale)
        ink = _fingerprint(alignment, self._settings)
        return replace(
            named,
            id=identity,
            ink=ink,
            corners=_corners(alignment, page.scale),
            fields=fields,
        )

    def _recognised(self, grey: Grey) -> Alignment | Refused:
        """The one page whose print is in place; where two fit nearly alike it is not said which."""
        on_table = PageOnTable(grey)
        tried = [on_table.align(blank) for blank in self._blanks]
        good = sorted(
            (found for found in tried if isinstance(found, Alignment)),
            key=lambda found: -found.share,
        )
        if not good:
            return max(
                (found for found in tried if isinstance(found, Refused)),
                key=lambda found: found.share,
            )
        if len(good) > 1 and good[0].share - good[1].share < self._settings.clearly:
            first, second = (
                f"{found.blank.form.name}, page {found.blank.page.number}"
                for found in good[:2]
            )
            return Refused(f"it could be {first} or {second}", good[0].share)
        return good[0]

    def _fields(self, found: Alignment, scale: float) -> dict[str, Evidence]:
        """All combs are asked about at once: one pass of the network costs what one digit costs."""
        page = found.blank.page
        combs = {
            each.name: self._comb(found, each)
            for each in page.fields
            if each.comb and each.digits
        }
        asked = [cell for comb in combs.values() if comb is not None for cell in comb]
        seen = iter(cells.see_cells(self.reader, asked))
        fields: dict[str, Evidence] = {}
        for each in page.fields:
            box = _box_on_picture(found, each.box, scale)
            if each.name in combs:
                comb = combs[each.name]
                evidence = (
                    Evidence(reason=NOT_IN_PLACE)
                    if comb is None
                    else _comb_evidence(each, [next(seen) for _ in comb])
                )
            elif each.kind == "choice":
                evidence = self._choice(found, each)
            else:
                evidence = self._uncombed(found, each)
            fields[each.name] = replace(_required(each, evidence), box=box)
        return fields

    def _comb(self, found: Alignment, field: Field) -> list[cells.Cell] | None:
        """What stands in the boxes of a comb, or None where it is not in place."""
        cut = cut_out(found, field.box, self._settings.margin)
        if cut is None:
            return None
        sides = [cell.left for cell in field.cells]
        sides.append(field.box.right)
        # From millimetres of the form to pixels of the cut-out.
        edges = [round(side * PX_PER_MM - cut.left) for side in sides]
        return cells.comb_cells_in_row(self.reader, cut.written, edges)

    def _choice(self, found: Alignment, field: Field) -> Evidence:
        """Which boxes of a choice are ticked, by how much ink is in each."""
        inks = []
        for choice in field.choices:
            # The frame itself is print, and never quite in its place.
            inner = _inner(choice.box, self._settings.tick_inside)
            cut = cut_out(found, inner, 0.0)
            if cut is None:
                return Evidence(reason=NOT_IN_PLACE)
            share = cells.ink_share(cut.written)
            inks.append(share)
        return _choice_evidence(field, inks, self._settings)

    def _uncombed(self, found: Alignment, field: Field) -> Evidence:
        """What stands in a field without boxes for its digits."""
        cut = cut_out(found, field.box, self._settings.line_margin)
        if cut is None:
            return Evidence(reason=NOT_IN_PLACE)
        is_blank = cells.is_blank(cut.written)
        if field.kind == "image":
            # Nobody reads a signature or a note: its picture is kept.
            return Evidence(blank=is_blank, picture=_png(cut.seen))
        if is_blank:
            return Evidence(blank=True)
        padded = _padded(cut, self._settings)
        seen = cells.see_line(self.reader, padded, _expect(field))
        return _line_evidence(field, seen)


def _required(field: Field, evidence: Evidence) -> Evidence:
    """A field that must be filled in gets a reason where it is blank."""
    if evidence.blank and field.required and not evidence.reason:
        return replace(evidence, reason="it is blank, but must be filled in")
    return evidence


def _comb_evidence(field: Field, seen: Sequence[cells.SeenCell | None]) -> Evidence:
    """A comb's boxes as texts.

    Boxes may be left blank before and after the digits, not between them.
    """
    filled = [place for place, cell in enumerate(seen) if cell is not None]
    if not filled:
        return Evidence(blank=True)
    # People fill combs from the left or from the right.
    inside = seen[filled[0] : filled[-1] + 1]
    best = "".join("_" if cell is None else _likeliest(cell.place) for cell in inside)
    reason = next(
        (cell.reason for cell in inside if cell is not None and cell.reason), ""
    )
    if not reason and any(cell is None for cell in inside):
        reason = EMPTY_BOX
    if not reason and len(inside) < field.least_digits:
        reason = f"{len(inside)} of its {field.digits} boxes are filled"
    if not reason and field.decimals and filled[-1] != field.digits - 1:
        reason = "the boxes after its decimal sign are blank"
    if reason:
        return Evidence(seen=best, reason=reason)
    # Reasons that no reading could fix are ruled out by now.
    places = [cell.place for cell in inside if cell is not None]
    legible = float(np.prod([cell.legible for cell in inside if cell is not None]))
    raw = likely_texts(places, None, field.check)
    pattern = field.pattern
    shaped = [Text(as_in_line(field, text.text), text.log) for text in raw]
    if pattern is not None:
        shaped = [text for text in shaped if pattern.matches(text.text)]
    return Evidence(fitting(field, shaped), as_in_line(field, best), legible)


def _likeliest(place: Place) -> str:
    """The sign that a place shows most likely."""
    if not place:
        return "?"
    sign, _ = max(place, key=lambda choice: choice[1])
    return sign


def _line_evidence(field: Field, seen: cells.SeenLine) -> Evidence:
    """What a line without boxes may say, by its places and by the reader's other texts."""
    if seen.reason:
        return Evidence(seen=seen.seen, reason=seen.reason)
    by_places = likely_texts(seen.places, field.pattern, field.check)
    # Other texts are known relative to the line's own best.
    best_log = likely_texts(seen.places, most=1)[0].log
    others = []
    for text in seen.others:
        has_pattern = field.pattern is None or field.pattern.matches(text.text)
        if has_pattern and (field.check is None or field.check.holds(text.text)):
            others.append(Text(text.text, best_log + text.log))
    # Where both know a text, its places say how likely it is.
    texts = {text.text: text for text in [*others, *by_places]}
    ordered = sorted(texts.values(), key=lambda text: -text.log)
    of_length = [text for text in ordered if _has_length(field, text.text)]
    return Evidence(fitting(field, of_length), seen.seen, seen.legible)


def _has_length(field: Field, text: str) -> bool:
    """Whether a text has as many digits as its field takes."""
    if field.kind != "digits":
        return True
    return field.least_digits <= len(text) <= field.digits


def _expect(field: Field) -> str | None:
    """What the Reader should look for."""
    if field.pattern_text:
        return field.pattern_text
    if field.kind == "digits":
        return rf"\d{{{field.least_digits},{field.digits}}}"
    return field.kind


def _choice_evidence(
    field: Field, inks: Sequence[float], settings: PageSettings
) -> Evidence:
    """The boxes with ink enough, in the order of the template; several values are joined with |."""
    ticked = [place for place, ink in enumerate(inks) if ink >= settings.ticked]
    doubtful = [
        place
        for place, ink in enumerate(inks)
        if settings.touched <= ink < settings.ticked
    ]
    values = "|".join(field.choices[place].value for place in ticked)
    if doubtful and not (ticked and not field.several):
        names = ", ".join(field.choices[place].value for place in doubtful)
        return Evidence(
            seen=values, reason=f"the mark in {names} is too faint to be surely a tick"
        )
    if not ticked:
        return Evidence(blank=True)
    if len(ticked) > 1 and not field.several:
        # A second tick that is far weaker is a slip of the pen, or was rubbed out.
        strong = sorted(inks, reverse=True)
        if strong[1] > settings.rival * strong[0]:
            return Evidence(seen=values, reason="more than one is ticked")
        values = field.choices[int(np.argmax(inks))].value
    return Evidence((Text(values, 0.0),), values)


def _inner(box: Rect, margin: float) -> Rect:
    """A box without its rim."""
    left = box.left + margin
    top = box.top + margin
    right = box.right - margin
    bottom = box.bottom - margin
    return Rect(left, top, right, bottom)


def _padded(cut: Written, settings: PageSettings) -> Grey:
    rim = settings.gap_at_least
    return np.asarray(
        cv2.copyMakeBorder(
            cut.written, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(255,)
        ),
        np.uint8,
    )


def _png(grey: Grey) -> str:
    """A picture as text, for a file of JSON; nothing where it cannot be one."""
    done, content = cv2.imencode(".png", grey)
    if not done:
        return ""
    encoded = base64.b64encode(content.tobytes())
    return encoded.decode()


def _box_on_picture(
    found: Alignment, rect: Rect, scale: float
) -> tuple[int, int, int, int]:
    """The smallest upright box around the field, in pixels of the picture the user gave."""
    corners = [
        (rect.left, rect.top),
        (rect.right, rect.top),
        (rect.right, rect.bottom),
        (rect.left, rect.bottom),
    ]
    seen: Floats = found.to_picture(
        np.array(corners, np.float32) * np.float32(PX_PER_MM)
    ) * np.float32(scale)
    low = np.floor(seen.min(axis=0))
    high = np.ceil(seen.max(axis=0))
    return max(0, int(low[0])), max(0, int(low[1])), int(high[0]), int(high[1])


def _corners(found: Alignment, scale: float) -> tuple[float, ...]:
    """The corners of the page, in pixels of the picture the user gave."""
    height, width = found.blank.grey.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    in_picture = found.to_picture(corners) * np.float32(scale)
    # A tenth of a pixel is enough to cut a field out again.
    sides = [round(float(side), 1) for side in in_picture.ravel()]
    return tuple(sides)


def _qr(found: Alignment) -> str | None:
    """What the sheet's QR code says, or None where it cannot be made out."""
    rows, columns = found.blank.cut(qr_box(found.blank.page), 1.0)
    code = cv2.resize(
        found.grey[rows, columns], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC
    )
    try:
        said, _, _ = cv2.QRCodeDetector().detectAndDecode(code)
    except cv2.error:
        return None
    return str(said) if said.startswith("inkdigits:") else None


def _fingerprint(found: Alignment, settings: PageSettings) -> str:
    """Where handwriting lies on the page, one byte for each part of it."""
    blank = found.blank
    is_dark = (blank.grey < 200).astype(np.uint8)
    # Wider than the print itself: no page lies quite exactly on its blank.
    near_print = cv2.dilate(is_dark, np.ones((7, 7), np.uint8)).astype(bool)
    is_ink = (found.grey < 160) & ~near_print
    ink = is_ink.astype(np.float32)
    if blank.page.blank is None:
        # Each printed sheet has a code of its own, which nobody wrote.
        ink[blank.cut(qr_box(blank.page), 1.0)] = 0
    shares = cv2.resize(ink, settings.fingerprint, interpolation=cv2.INTER_AREA)
    levels = np.clip(shares * 400, 0, 255).astype(np.uint8)
    packed = zlib.compress(levels.tobytes())
    return base64.b64encode(packed).decode()
