"""LINE official accounts: webhooks of one channel, messages by the Messaging API."""
