"""E-mail by Amazon SES: received mails and events by SNS in, the SES API (v2) out."""
