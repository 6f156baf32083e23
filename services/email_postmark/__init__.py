"""E-mail by Postmark: inbound and event webhooks in, the e-mail API out."""
