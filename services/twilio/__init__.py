"""SMS, MMS and WhatsApp by Twilio: one account is a number, a WhatsApp sender or a messaging service."""
