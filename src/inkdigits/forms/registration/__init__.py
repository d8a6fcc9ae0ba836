"""Registration: locate the print of a blank page on a scan or photo.

Where that is not possible, it says why.
"""
