"""TikTok business messages: webhooks of an app, messages by the Business Messaging API."""
