"""Who the caller is, and what waits for a human in its tenant."""

from datetime import datetime

from pydantic import ConfigDict, Field

from agent_api.http.inputs import Shown


class Me(Shown):
    """The caller as we see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tenant_id": "ten_demo",
                    "tenant_name": "Demo Shop",
                    "role": "agent",
                    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
                    "agent_name": "Kim Doe",
                    "key_id": "key_0190f3a87b3c7d5e8f9a0b1c2d3e4f56",
                    "permissions": ["conversations:read", "messages:send"],
                }
            ]
        }
    )

    tenant_id: str = Field(description="The tenant.")
    tenant_name: str = Field(description="Its name.")
    role: str = Field(description="The role of the key or of the agent.")
    agent_id: str | None = Field(description="The agent or bot the key acts as.")
    agent_name: str | None = Field(description="Their name.")
    key_id: str = Field(description="The API key or the login session.")
    permissions: list[str] = Field(description="What the caller may do.")


class DeadLetters(Shown):
    """What could not be processed and waits for somebody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"open": 2, "oldest_at": "2026-11-22T10:15:00Z"}]})

    open: int = Field(description="How many, counted up to 10,000.")
    oldest_at: datetime | None = Field(description="Since when the oldest waits.")
