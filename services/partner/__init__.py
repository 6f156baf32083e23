"""A partner's own system as a channel: signed webhooks in both directions by the Standard Webhooks specification."""
