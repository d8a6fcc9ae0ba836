"""PDF files written by hand, for what Pillow cannot write: many pages, and encryption (standard handler, 40-bit RC4)."""

import hashlib

SEVEN = b"12 w 40 170 m 160 170 l 90 30 l S"
_PADDING = bytes.fromhex(
    "28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A"
)
_ID, _RIGHTS = b"inkdigits-test-1", (-44).to_bytes(4, "little", signed=True)


def pdf(pages: int = 1, password: str | None = None) -> bytes:
    """A PDF with a 7 on each of its pages."""
    key = _key(password) if password is not None else None
    kids = " ".join(f"{number} 0 R" for number in range(4, 4 + pages))
    stream = SEVEN
    if key is not None:
        digest = hashlib.md5(key + (3).to_bytes(3, "little") + b"\0\0").digest()  # noqa: S324
        stream = _rc4(digest[:10], SEVEN)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 3 0 R >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        *[page] * pages,
    ]
    return _file(objects, _encryption(password) if password is not None else b"")


def _file(objects: list[bytes], encryption: bytes) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"<< /Size %d /Root 1 0 R /ID [<%s> <%s>] %s >>" % (
        len(objects) + 1,
        _ID.hex().encode(),
        _ID.hex().encode(),
        encryption,
    )
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            table,
            trailer,
            len(out),
        )
    )


def _padded(password: str) -> bytes:
    return (password.encode() + _PADDING)[:32]


def _owner(password: str) -> bytes:
    return _rc4(hashlib.md5(_padded(password)).digest()[:5], _padded(password))  # noqa: S324 - the format says MD5


def _key(password: str) -> bytes:
    secret = _padded(password) + _owner(password) + _RIGHTS + _ID
    return hashlib.md5(secret).digest()[:5]  # noqa: S324


def _encryption(password: str) -> bytes:
    user = _rc4(_key(password), _PADDING)
    fields = (_owner(password).hex().encode(), user.hex().encode())
    return b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <%s> /U <%s> >>" % fields


def _rc4(key: bytes, data: bytes) -> bytes:
    state, other = list(range(256)), 0
    for place in range(256):
        other = (other + state[place] + key[place % len(key)]) % 256
        state[place], state[other] = state[other], state[place]
    out, one, other = bytearray(), 0, 0
    for byte in data:
        one = (one + 1) % 256
        other = (other + state[one]) % 256
        state[one], state[other] = state[other], state[one]
        out.append(byte ^ state[(state[one] + state[other]) % 256])
    return bytes(out)
