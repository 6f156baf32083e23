"""Telephone calls by Vonage: a short dialogue that ends in a recorded message or the wish to be called back."""
