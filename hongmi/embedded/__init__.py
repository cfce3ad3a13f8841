"""PostgreSQL and Valkey as Python packages, for `make demo` and the tests. Production has servers of its own."""
