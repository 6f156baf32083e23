"""Conversations: lists, one case, its routing decisions, and what people do with it."""
