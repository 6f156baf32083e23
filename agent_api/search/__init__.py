"""Full-text search over messages, in an index beside them that is filled from the stream."""
