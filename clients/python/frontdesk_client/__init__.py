"""Frontdesk's API for asyncio: REST in `rest`, the live stream in `stream`."""

from frontdesk_client.errors import ApiError, Refused, SnapshotNeeded, Unreachable
from frontdesk_client.rest import Frontdesk, Versioned
from frontdesk_client.stream import Stream

__all__ = ["ApiError", "Frontdesk", "Refused", "SnapshotNeeded", "Stream", "Unreachable", "Versioned"]
