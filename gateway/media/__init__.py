"""Fetches what customers sent from where their provider holds it, once, into the blob store, and reports it."""
