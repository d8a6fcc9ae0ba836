"""Data sets by name, folder or file: `load` turns any of them into images and labels."""

from inkdigits.data.catalog import SETS, SetInfo, info, names
from inkdigits.data.dataset import Dataset, split_validation
from inkdigits.data.loading import load

__all__ = ["SETS", "Dataset", "SetInfo", "info", "load", "names", "split_validation"]
