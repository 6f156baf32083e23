"""The tenant's stream over HTTP: pages, its head, tickets for sockets, and server-sent events."""
