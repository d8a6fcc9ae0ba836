"""Loss and accuracy of training and validation, epoch by epoch, as a picture."""

import io

from inkdigits.errors import MissingExtraError

INK, BLUE = "#9a3412", "#1d4ed8"


def draw(history: list[dict[str, float]], title: str) -> bytes:
    """A PNG with two panels: loss on a log scale, and accuracy."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing curves", "train") from None
    figure = Figure(figsize=(9, 3.6), dpi=120, layout="constrained")
    epochs = [row["epoch"] for row in history]
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for key, label, colour in (
            (name, "training", BLUE),
            (f"val_{name}", "validation", INK),
        ):
            if key in history[0]:
                axes.plot(
                    epochs,
                    [row[key] for row in history],
                    marker="o",
                    ms=3.5,
                    color=colour,
                    label=label,
                )
        axes.set(xlabel="epoch", title=name)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        if name == "loss":
            axes.set_yscale("log")
        axes.legend(frameon=False)
    figure.suptitle(title)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
