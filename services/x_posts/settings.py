"""Settings of one account's public side. The account's external id is the user's numeric id at X."""

from backbone.channel.x_api import XSettings


class XPostsSettings(XSettings):
    """The app's secrets and the user's token, with the scopes `tweet.read tweet.write tweet.moderate.write like.write
    users.read offline.access`.
    """
