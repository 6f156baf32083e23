"""REST and WebSocket over the use cases, for agents, frontends and customers."""
