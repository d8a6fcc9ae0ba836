"""Small files that ask for far more than they hold."""

import struct
import zlib


def pdf_of(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalog."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"<< /Size %d /Root 1 0 R >>" % size
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (size, table, trailer, len(out))


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (
        len(content),
        entries,
        content,
    )


def page(resources: bytes = b"<< >>", contents: int = 4) -> bytes:
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents %d 0 R /Resources %s >>"
        % (contents, resources)
    )


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"


def pdf_with_text(text: str = "12 345") -> bytes:
    """A small page with text in a standard font: what makes PDFium crash when threads share it."""
    font = (
        b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    )
    content = b"".join(
        b"BT /F1 %d Tf 20 %d Td (%s) Tj ET\n" % (8 + row, 190 - 9 * row, text.encode())
        for row in range(20)
    )
    return pdf_of([CATALOG, ONE_PAGE, page(font), stream(content)])


def pdf_of_nested_forms(depth: int = 12, copies: int = 10) -> bytes:
    """Forms that draw the next form several times: copies ** depth drawings."""
    objects = [
        CATALOG,
        ONE_PAGE,
        page(b"<< /XObject << /X 5 0 R >> >>"),
        stream(b"/X Do"),
    ]
    for level in range(depth):
        following = 6 + level
        entries = (
            b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] "
            b"/Group << /S /Transparency >> "
            b"/Resources << /XObject << /X %d 0 R >> >>" % following
        )
        objects.append(stream(b"/X Do " * copies, entries))
    last = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200]"
    objects.append(stream(b"10 10 m 190 190 l S", last))
    return pdf_of(objects)


def pdf_of_double_flate(side: int = 16_000) -> bytes:
    """A picture packed twice: two kilobytes that unpack to side × side colour pixels."""
    packer, piece = zlib.compressobj(9), b"\0" * 3_000_000
    pieces = -(-3 * side * side // len(piece))
    once = b"".join(packer.compress(piece) for _ in range(pieces)) + packer.flush()
    image = stream(
        zlib.compress(once, 9),
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB "
        b"/BitsPerComponent 8 /Filter [/FlateDecode /FlateDecode]" % (side, side),
    )
    content = stream(b"200 0 0 200 0 0 cm /I Do")
    return pdf_of(
        [CATALOG, ONE_PAGE, page(b"<< /XObject << /I 5 0 R >> >>"), content, image]
    )


def pdf_of_slow_shading(steps: int = 300_000) -> bytes:
    """A page whose every pixel has its shade calculated in so many steps: hours, and no memory."""
    shading = b"<< /ShadingType 1 /ColorSpace /DeviceGray /Domain [0 200 0 200] /Function 5 0 R >>"
    calculator = zlib.compress(b"{ pop pop " + b"1 pop " * steps + b"0.5 }")
    entries = b"/FunctionType 4 /Domain [0 200 0 200] /Range [0 1] /Filter /FlateDecode"
    resources = b"<< /Shading << /S %s >> >>" % shading
    return pdf_of(
        [
            CATALOG,
            ONE_PAGE,
            page(resources),
            stream(b"/S sh"),
            stream(calculator, entries),
        ]
    )


def pdf_that_claims(count: int) -> bytes:
    """One page, and a /Count that says otherwise."""
    pages = b"<< /Type /Pages /Count %d /Kids [3 0 R] >>" % count
    return pdf_of(
        [CATALOG, pages, page(), stream(b"12 w 40 170 m 160 170 l 90 30 l S")]
    )


def png(
    width: int, height: int, depth: int = 8, colour: int = 0, raw: bytes | None = None
) -> bytes:
    """A PNG of one value, as small as it can be; `colour` as PNG numbers it (6 is RGBA)."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = b"\0" + (raw or b"\xff" * (width * channels * depth // 8))
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def icon_of(content: bytes) -> bytes:
    """An icon whose only picture is a PNG, whatever its size."""
    return (
        struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(content), 22)
        + content
    )


def tiff_chain(count: int) -> bytes:
    """So many directories of a 1×1 picture each, one behind the other."""
    entries = [
        (256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
        (273, 4, 1, 8), (277, 3, 1, 1), (278, 3, 1, 1), (279, 4, 1, 1),
    ]  # fmt: skip
    fields = b"".join(
        struct.pack("<HHLL", tag, kind, number, value)
        for tag, kind, number, value in entries
    )
    size = 2 + len(fields) + 4
    first = 12
    out = [b"II*\0" + struct.pack("<L", first) + b"\x80\0\0\0"]
    for place in range(count):
        following = first + (place + 1) * size if place + 1 < count else 0
        out.append(
            struct.pack("<H", len(entries)) + fields + struct.pack("<L", following)
        )
    return b"".join(out)
