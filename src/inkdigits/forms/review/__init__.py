"""Review: people look at the fields that were not accepted, and at samples of the others.

It needs the extra `web`, for the database.
"""
