"""The methods of results that make tables, files and pictures.

`reading` does not import the code for this: the package injects its presenter.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image


class Presenter(Protocol):
    """What the package injects: see `inkdigits.presentation`."""

    def to_dict(self, result: Any) -> dict[str, Any]:
        """The result as in the JSON of the command line."""
        ...

    def to_csv(self, reading: Any, path: "str | Path | None") -> str:
        """The rows as CSV, also written to a file if one is given."""
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
    """A result that refers to its picture.

    A path is opened again. An array, a PIL image or bytes are available if they are small or still
    in memory; otherwise pass them again as `picture`.
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
        """Write the drawn picture, and return the files that were written.

        Several pages are written to separate files, such as `out-1.png`, or to one TIFF or PDF.
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

        Without `part`, the digit of a Prediction is cropped. `page` is needed for a Box in a
        document with several pages.
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
        """One row per number, with the columns of `inkdigits read --format csv`.

        The rows are also written to `path` if it is given.
        """
        return Presented.presenter().to_csv(self, path)

    def to_frame(self) -> Any:
        """The same rows as a pandas or polars data frame.

        If one of the libraries is imported already, it is used; otherwise the installed
        one.
        """
        return Presented.presenter().to_frame(self)
