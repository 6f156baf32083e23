"""From a provider's request to a durable record: the door, its limits, and what happens before the 2xx."""
