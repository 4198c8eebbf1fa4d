"""The terminal application: screens, widgets and the registry of commands."""

import os

# Textual reads these when it is imported, whoever imports it first; who set them keeps what they set.

# Frames in a second at most: with its own 60 the ticket waits up to 17 ms for its turn after the line under the cursor.
os.environ.setdefault("TEXTUAL_FPS", "240")
# Milliseconds in which what follows an escape belongs to it: Textual's own 100 are as long as a person takes for the
# next key, which was then no escape any more.
os.environ.setdefault("ESCDELAY", "50")
