"""What telephone channels share: the script of a call, what callers hear, and the events of a call. Pure."""
