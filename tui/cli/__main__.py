"""`python -m tui.cli`: the command `vitsdeck`."""

from tui.cli import main

main()
