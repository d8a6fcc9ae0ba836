"""What results can do beside being read: become tables, files and pictures.

How that is done is known above `reading`, which imports nothing from there: the package puts its
presenter in.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image


class Presenter(Protocol):
    """What the package puts in: see `inkdigits.presentation`."""

    def to_dict(self, result: Any) -> dict[str, Any]:
        """What the JSON of the command line has."""
        ...

    def to_csv(self, reading: Any, path: "str | Path | None") -> str:
        """The rows of the CSV, written to a file where one is named."""
        ...

    def to_frame(self, reading: Any) -> Any:
        """The rows as a pandas table."""
        ...

    def draw(
        self, result: Any, picture: Any, *, page: int | None, password: str | None
    ) -> "Image.Image": ...
    def save(
        self, result: Any, path: "str | Path", picture: Any, password: str | None
    ) -> "list[Path]": ...
    def crop(
        self,
        result: Any,
        part: Any,
        picture: Any,
        *,
        page: int | None,
        password: str | None,
    ) -> "Image.Image": ...
    def html(self, result: Any) -> str:
        """What a notebook shows."""
        ...

    def png(self, result: Any) -> bytes | None:
        """The picture with its numbers, for a notebook."""
        ...


class Presented:
    """A result, or a part of one."""

    __slots__ = ()
    presenter: ClassVar[Callable[[], Presenter]]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the command line, as plain numbers, strings, lists and dicts."""
        presenter = Presented.presenter()
        return presenter.to_dict(self)


class Pictured(Presented):
    """A result that knows its picture.

    A path is opened again. What was given as an array, a PIL image or bytes is known where it is
    small, or still held by somebody; otherwise give it again as `picture`.
    """

    __slots__ = ()

    def draw(
        self,
        picture: Any = None,
        *,
        page: int | None = None,
        password: str | None = None,
    ) -> "Image.Image":
        """Draw the picture with bounding boxes: the first page, or the given one."""
        return Presented.presenter().draw(self, picture, page=page, password=password)

    def show(
        self,
        picture: Any = None,
        *,
        page: int | None = None,
        password: str | None = None,
    ) -> None:
        """Open the drawn picture in the viewer of this system."""
        self.draw(picture, page=page, password=password).show()

    def save(
        self, path: "str | Path", picture: Any = None, *, password: str | None = None
    ) -> "list[Path]":
        """Write the drawn picture.

        Of several pages each has a file of its own, `out-1.png`, but in TIFF and PDF.

        Gives the files that were written.
        """
        return Presented.presenter().save(self, path, picture, password)

    def crop(
        self,
        part: Any = None,
        picture: Any = None,
        *,
        page: int | None = None,
        password: str | None = None,
    ) -> "Image.Image":
        """Crop a digit, line, mark or box out of the upright grey page.

        Of a Prediction the digit, where `part` is left out. `page` is needed for a Box on a
        document of several pages.
        """
        return Presented.presenter().crop(
            self, part, picture, page=page, password=password
        )

    def _repr_html_(self) -> str:
        """For notebooks."""
        return Presented.presenter().html(self)

    def _repr_png_(self) -> bytes | None:
        """Jupyter shows this below the cell."""
        return Presented.presenter().png(self)


class Tabular(Presented):
    """A result that has rows."""

    __slots__ = ()

    def to_csv(self, path: "str | Path | None" = None) -> str:
        """A row for each number, in the columns of `inkdigits read --format csv`.

        They are written to `path` where one is given.
        """
        return Presented.presenter().to_csv(self, path)

    def to_frame(self) -> Any:
        """The same rows as a pandas or polars data frame.

        The library that is already imported is used, otherwise the one that is
        installed.
        """
        return Presented.presenter().to_frame(self)
