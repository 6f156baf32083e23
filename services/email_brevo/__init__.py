"""E-mail by Brevo: inbound parsing and event webhooks in, the SMTP API out."""
