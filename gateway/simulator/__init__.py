"""Plays the providers: takes our calls, answers with faults on demand, and sends webhooks as carelessly as they do."""
