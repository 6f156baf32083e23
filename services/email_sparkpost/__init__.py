"""E-mail by SparkPost: relay and event webhooks in, the transmissions API out."""
