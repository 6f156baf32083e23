"""What partners' systems get from us: webhooks of the tenant's events, in order, signed, retried and logged."""
