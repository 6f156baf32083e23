"""MessageBird (Bird's classic platform): SMS and MMS with webhooks signed by a token, answers by its REST API."""
