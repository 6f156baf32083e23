"""Promises to call back."""
