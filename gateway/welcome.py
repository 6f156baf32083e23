"""What `frontdesk up` prints: commands that work as they are, from a customer's message to the answer at the provider."""

import json
from typing import Any

_WHATSAPP = "whatsapp"


def welcome(demo: dict[str, Any]) -> str:
    """Copy-paste commands for the demo tenant; they hold its tokens, which open nothing but this machine's demo."""
    account = demo["accounts"][_WHATSAPP]
    token = demo["agents"][0]["token"]
    base = demo["base_url"]
    body = json.dumps(_message(account["external_id"]), separators=(",", ":"))
    secret = account["settings"]["app_secrets"][0]
    people = "\n".join(f"   {agent['email']:<22} {agent['password']}   ({agent['role']})" for agent in demo["agents"])
    return f"""
Open the console at {base}/console and log in as:
{people}

Tokens, passwords, webhook URLs and secrets of the demo are in .data/demo.json. Try it, each in a terminal of its own:

1. Watch what an agent sees (leave it running):
   curl -N -H 'Authorization: Bearer {token}' '{base}/v1/events/stream'

2. Send a signed WhatsApp webhook, as Meta would:
   BODY=$(printf '{body}' "$(date +%s%N)" "$(date +%s)")
   curl -i '{account["webhook_url"]}' -H 'Content-Type: application/json' \\
     -H "X-Hub-Signature-256: sha256=$(printf '%s' "$BODY" | openssl dgst -sha256 -hmac '{secret}' | sed 's/^.* //')" \\
     --data-binary "$BODY"

3. Answer as the agent:
   CONVERSATION=$(curl -s -H 'Authorization: Bearer {token}' '{base}/v1/conversations?limit=1' | sed 's/.*"id":"\\(cnv_[0-9a-f]*\\)".*/\\1/')
   curl -i "{base}/v1/conversations/$CONVERSATION/messages" -H 'Authorization: Bearer {token}' \\
     -H 'Content-Type: application/json' -H "Idempotency-Key: $(date +%s%N)" -d '{{"content": {{"type": "text", "text": "It arrives tomorrow."}}}}'

4. See the answer at the (simulated) provider:
   curl -s '{base}/sim/{_WHATSAPP}/{account["account_id"]}/sent'

More: `.venv/bin/frontdesk simulate --help`, `.venv/bin/frontdesk doctor`, the web chat as a customer sees it at {base}/chat?account={demo["accounts"]["webchat"]["account_id"]}
"""


def _message(phone_number_id: str) -> dict[str, Any]:
    message = {
        "from": "4915112345678",
        "id": "wamid.demo%s",
        "timestamp": "%s",
        "type": "text",
        "text": {"body": "Where is my parcel?"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4930901820", "phone_number_id": phone_number_id},
        "contacts": [{"wa_id": "4915112345678", "profile": {"name": "Mia"}}],
        "messages": [message],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
    }
