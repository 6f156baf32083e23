"""WhatsApp over Meta's Cloud API: webhooks of a business account, messages by the Graph API."""
