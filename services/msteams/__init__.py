"""Microsoft Teams by the Bot Framework: activities proved by a token, answers by the connector API."""
