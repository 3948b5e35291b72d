"""Files that are whole or not there, locked, and with the right modes. Standard library only."""
