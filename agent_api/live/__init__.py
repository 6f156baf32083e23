"""The live stream: one reader a process, written straight to many sockets."""
