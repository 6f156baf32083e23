"""Reply leases: who is writing the answer to a conversation, so that two never answer the same message unknowing."""
