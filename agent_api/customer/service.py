"""Sessions of visitors."""

from agent_api.customer.accounts import CustomerAccount
from agent_api.customer.schemas import CustomerSession
from agent_api.parts import Parts
from backbone.channel.visitor import make_token
from backbone.ids import new_id


def start_session(parts: Parts, account: CustomerAccount) -> CustomerSession:
    """A fresh visitor. Nothing is stored: the token proves itself, and the first message makes the contact."""
    visitor_id = new_id("vis")
    expires_at = parts.clock.now() + account.token_lifetime
    token = make_token(visitor_id, expires_at, account.secrets[0])
    return CustomerSession(visitor_id=visitor_id, token=token, expires_at=expires_at, url="/v1/customer/stream")
