"""Settings of one account's direct messages. The account's external id is the user's numeric id at X."""

from backbone.channel.x_api import XSettings


class XMessagesSettings(XSettings):
    """The app's secrets and the user's token, with the scopes `dm.read dm.write tweet.read users.read offline.access`."""
