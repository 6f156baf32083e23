"""Discord: JSON webhooks with an HMAC-SHA256 signature over the body, answers by a JSON API."""
