"""Telegram bots: private chats, groups with topics, channels and business accounts a bot is connected to."""
