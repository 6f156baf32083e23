"""Discord: messages over the Gateway socket, interactions and webhook events signed by Ed25519, answers by the REST API."""
