"""PostgreSQL and Valkey out of the lock file, for `make demo` and for the tests. Production brings its own servers."""
