"""Writes the OpenAPI document that is kept with the code: `python -m agent_api.docs > docs/openapi.json`."""

import json
import sys

from agent_api.app import api_document


def render() -> str:
    """The document as text, the same for the same code."""
    return json.dumps(api_document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
