"""The lab: a page that shows a network from inside."""
