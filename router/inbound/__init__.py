"""What arrives from channels: a batch of `messages.inbound.v1` becomes rows, states and facts in one transaction."""
