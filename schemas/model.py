"""The base of every record on the bus and the stream."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value that crosses a process boundary.

    Unknown fields are ignored, so that a reader of release N takes what a writer of release N+1 sends; it does not
    ignore unknown types or versions: those are parked by the reader.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")


Instant = AwareDatetime
