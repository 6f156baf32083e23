"""Apple Messages for Business: messages of one business, through the gateway of a messaging service provider."""
