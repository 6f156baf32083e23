"""Asks providers that send no webhooks what is new, once across all replicas."""
