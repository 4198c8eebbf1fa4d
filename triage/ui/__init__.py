"""The terminal application: screens, widgets and the registry of commands."""
