"""CloudEvents 1.0 in and out: a partner's events, structured, in batches or binary, proved by a bearer token."""
