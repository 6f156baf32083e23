"""Web chat: our own widget and apps, whose messages come over HTTP with a visitor token and leave by our own stream."""
