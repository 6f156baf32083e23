"""Contacts: the people who write."""
