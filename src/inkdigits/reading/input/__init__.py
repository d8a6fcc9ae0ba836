"""Whatever the user has → upright grey pages."""
