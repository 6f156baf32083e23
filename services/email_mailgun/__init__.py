"""E-mail by Mailgun: routes and event webhooks in, the messages API out."""
