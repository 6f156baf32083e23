"""WeChat: official accounts, and apps of WeCom; their XML webhooks, plain or sealed, and their JSON API."""
