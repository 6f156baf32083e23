"""What people write in public under an Instagram account's posts and broadcasts, and where they name it."""
