"""Canned replies: texts that agents use again and again, with variables."""
