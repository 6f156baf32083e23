"""Sunshine Conversations (Smooch): webhooks of one app, messages by the REST API, whatever medium lies behind."""
