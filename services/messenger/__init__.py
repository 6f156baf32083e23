"""Facebook Messenger: webhooks of a page, messages by the Graph API's Send API."""
