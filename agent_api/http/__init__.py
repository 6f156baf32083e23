"""What every endpoint shares: the call, idempotency, cursors, versions, and what goes around a request."""
