"""Zenvia: SMS and WhatsApp of one API, JSON webhooks proved by a key in the URL."""
