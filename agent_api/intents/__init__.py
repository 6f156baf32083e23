"""Intents: what customers want, by the tenant's own phrases and examples."""
