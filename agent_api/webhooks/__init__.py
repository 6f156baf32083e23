"""Webhook endpoints of partners: what they are sent, how that went, and why a signature fails."""
