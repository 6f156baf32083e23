"""Files that agents send: uploaded to the blob store, and handed out by signed links that end."""
