"""E-mail by Mandrill (Mailchimp Transactional): inbound and event webhooks in, the messages API out."""
