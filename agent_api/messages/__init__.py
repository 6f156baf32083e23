"""Messages of a conversation: read, answered, annotated."""
