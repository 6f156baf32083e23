"""E-mail by MailerSend: inbound routes and activity webhooks in, the e-mail API out."""
