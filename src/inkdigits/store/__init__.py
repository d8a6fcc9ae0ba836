"""Corrections, and readings where asked for, in SQLite or PostgreSQL (extra `web`)."""

from inkdigits.store.address import default_url
from inkdigits.store.store import Correction, Store

__all__ = ["Correction", "Store", "default_url"]
