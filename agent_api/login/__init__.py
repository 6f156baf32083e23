"""People coming in and going out: logins by password, their sessions, and changes of passwords."""
