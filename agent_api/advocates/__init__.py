"""Advocates: invitations to tell others, and what came of them."""
