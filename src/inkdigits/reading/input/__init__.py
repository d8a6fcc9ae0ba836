"""Any input → upright grey pages."""
