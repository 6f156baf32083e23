"""Vonage's Messages API: SMS, MMS and WhatsApp by JSON webhooks signed by a token."""
