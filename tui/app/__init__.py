"""The frame of the dashboard: the app, its actions, background readers and themes."""
