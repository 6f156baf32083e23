"""E-mail by Resend: webhooks that say that there is a mail, the API that has it, and the same API out."""
