"""Clickatell SMS: JSON webhooks proved by a key in the URL, answers by its platform API."""
