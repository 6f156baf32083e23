"""Viber bots: callbacks of one bot, messages by its REST API."""
