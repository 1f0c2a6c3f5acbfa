"""These are programs, run by `make bench`; there is nothing here for pytest to collect."""

collect_ignore_glob = ["*.py"]
