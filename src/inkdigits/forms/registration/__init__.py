"""Registration: where on a scan or photo the print of a blank page lies,
or why that cannot be said.
"""
