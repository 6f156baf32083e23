"""Who wrote: one stable address for a person, derived from the payload alone.

The rule: the business-scoped user id (`US.1349…`) where the payload names one, else the phone number. All other names
of the person in the payload (phone, parent id) are aliases. A number without a user id and the same person with one
later are joined by the alias, never by a guess.
"""

import re
from typing import Any

from backbone.channel import json
from schemas.inbound import Sender

_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
GROUP = "group:"


def is_user_id(address: str) -> bool:
    """Whether an address is a business-scoped user id: two letters of a country, a dot, then letters and digits."""
    return _USER_ID.fullmatch(address) is not None


class People:
    """The `contacts` of one webhook value, by every id they go by. Broken entries are left out: they only give names."""

    def __init__(self, contacts: Any) -> None:
        self._by_id: dict[str, dict[str, Any]] = {}
        for contact in contacts if isinstance(contacts, list) else []:
            if isinstance(contact, dict):
                for key in ("wa_id", "user_id"):
                    if isinstance(contact.get(key), str):
                        self._by_id[contact[key]] = contact

    def sender(self, element: dict[str, Any]) -> Sender:
        """Who sent a message; raises `PayloadInvalid` where nothing names them."""
        return self.named(element.get("from"), element.get("from_user_id"), element.get("from_parent_user_id"))

    def named(self, phone: Any, user_id: Any = None, parent_id: Any = None) -> Sender:
        """The person with this phone number, user id or both; raises `PayloadInvalid` where neither is there."""
        phone, user_id = json.optional_text(phone), json.optional_text(user_id)
        contact = self._by_id.get(user_id or "") or self._by_id.get(phone or "") or {}
        phone = phone or json.optional_text(contact.get("wa_id"))
        user_id = user_id or json.optional_text(contact.get("user_id"))
        if user_id is not None and not is_user_id(user_id) and phone is not None:
            user_id = None
        address = json.identifier(user_id or phone, "the sender")
        parent = json.optional_text(parent_id) or json.optional_text(contact.get("parent_user_id"))
        aliases = [alias for alias in (phone, parent) if alias is not None and alias != address and len(alias) <= 128]
        return Sender(address=address, name=_name(contact), aliases=tuple(aliases))


def _name(contact: dict[str, Any]) -> str | None:
    profile = contact.get("profile")
    if not isinstance(profile, dict):
        return None
    return json.optional_text(profile.get("name")) or json.optional_text(profile.get("username"))


def thread_of(sender: Sender, element: dict[str, Any]) -> str:
    """The conversation: the group where the message names one, else the person; raises `PayloadInvalid`."""
    group = element.get("group_id")
    if group is None:
        return sender.address
    return GROUP + json.identifier(group, "group_id")
