"""`make bench`: ratios between two things measured in turn on one server, never times alone."""
