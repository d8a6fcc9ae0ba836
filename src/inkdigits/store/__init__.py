"""Storage for corrections, reviews of forms, and readings where asked for.

It uses SQLite or PostgreSQL (extra `web`).
"""

from inkdigits.store.address import default_url
from inkdigits.store.kept import Correction, FormDigit, FormReview
from inkdigits.store.store import Store

__all__ = ["Correction", "FormDigit", "FormReview", "Store", "default_url"]
