"""Facts that the API itself writes to the stream; how is `backbone.storage.facts`."""

from backbone.storage.facts import announce

__all__ = ["announce"]
