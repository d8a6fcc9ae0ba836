"""Marks → numbers: rows, signs, patterns, values, confidence."""
