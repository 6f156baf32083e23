"""From the bus to the provider: messages become deliveries, senders lease them, results go back as inbound events."""
