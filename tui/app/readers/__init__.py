"""Background readers: each looks at one thing in a thread and posts what it saw as a message."""
