"""Slack: events, interactions and slash commands signed by HMAC, answers by the Web API."""
