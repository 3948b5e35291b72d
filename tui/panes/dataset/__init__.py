"""The dataset pane: `pane` is what a person sees; the other files are its parts, each testable without a screen."""
