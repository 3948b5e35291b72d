"""Several processes that train one voice together."""
