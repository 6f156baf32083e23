"""What people and bots do with conversations: each runs inside the caller's transaction and never commits."""
