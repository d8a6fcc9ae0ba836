"""Page and service (extra `web`)."""
