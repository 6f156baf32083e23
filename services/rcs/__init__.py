"""RCS for Business by Google: webhooks of an agent, messages by the RBM API."""
