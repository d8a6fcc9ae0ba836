"""PDF files: encrypted ones need their password, broken ones give one line."""

import pytest

from inkdigits import Reader
from inkdigits.errors import NotAPictureError
from pdf_files import pdf


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_an_encrypted_pdf_is_read_with_its_password(reader: Reader) -> None:
    assert reader.read(pdf(password="open me"), password="open me").text == "7"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        (None, "is encrypted: give its password"),
        ("wrong", "the password given is wrong"),
    ],
)
def test_an_encrypted_pdf_says_so(
    reader: Reader, password: str | None, said: str
) -> None:
    with pytest.raises(NotAPictureError, match=said):
        reader.read(pdf(password="open me"), password=password)


def test_a_broken_pdf_is_one_line(reader: Reader) -> None:
    with pytest.raises(NotAPictureError, match="is a broken PDF"):
        reader.read(b"%PDF-1.4\n" + bytes(range(256)) * 4)
