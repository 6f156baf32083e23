"""What is done to messages besides answering: edits, deletions, reactions, private answers, typing and read marks."""
