"""SQL around the rules: loading, locking and saving in the caller's transaction, always in sets."""
