"""E-mail: raw MIME in by an inbound HTTP hook or from an IMAP mailbox, MIME out by SMTP."""
