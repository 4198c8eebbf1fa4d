"""The terminal application: screens, widgets and the registry of commands."""

import os

# Textual reads this when it is imported: twice its usual frame rate halves the time from a key to its line.
os.environ.setdefault("TEXTUAL_FPS", "120")
