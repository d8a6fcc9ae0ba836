"""Decode a JPEG 2000 picture: stdin has its content, the argument is its name.

Writes a line to stdout, "page HEIGHT WIDTH" or "broken MESSAGE", and after the former the pixels.
"""

import io
import sys

from PIL import Image

from inkdigits.errors import PictureError
from inkdigits.reading.input.pictures import decode


def main(name: str) -> None:
    """Decode stdin to stdout, in a process that may be killed."""
    # The process that started this one has checked the size.
    Image.MAX_IMAGE_PIXELS = None
    out = sys.stdout.buffer
    content = io.BytesIO(sys.stdin.buffer.read())
    try:
        image = Image.open(content, formats=["JPEG2000"])
        grey = decode(image, name)
    except PictureError as error:
        message = str(error).encode("utf-8", "surrogateescape")
        out.write(b"broken %s\n" % message)
        return
    out.write(b"page %d %d\n" % grey.shape)
    out.write(grey.data)


if __name__ == "__main__":
    main(sys.argv[1])
