"""`make bench`: ratios of two measurements taken in turn on one server, never absolute times."""
