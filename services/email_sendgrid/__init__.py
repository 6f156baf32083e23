"""E-mail by SendGrid: Inbound Parse and event webhooks in, the Mail Send API out."""
