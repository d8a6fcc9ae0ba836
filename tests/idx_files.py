"""IDX files for tests."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def write_idx(path: Path, array: npt.NDArray[Any], *, packed: bool = True) -> Path:
    """An IDX file, gzipped or not."""
    header = (2049 if array.ndim == 1 else 2051).to_bytes(4, "big") + b"".join(
        n.to_bytes(4, "big") for n in array.shape
    )
    content = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return path
