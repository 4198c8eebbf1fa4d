"""What a closed dialogue leaves in memory, taken away while nobody waits: an agent opens a thousand of them a day."""

from __future__ import annotations

import gc

from textual._styles_cache import StylesCache


def tidy() -> None:
    """Forget the lines of widgets that are gone, and take away what is left of them.

    Textual remembers which colours a widget has by the painted lines of the widget themselves (an `lru_cache` on a
    method), so that those of a thousand widgets stay. And a screen is made of circles, of which Python's own search
    for garbage lets dozens lie.
    """
    forget = getattr(getattr(StylesCache, "get_inner_outer", None), "cache_clear", None)
    if forget is not None:
        forget()
    gc.collect()
