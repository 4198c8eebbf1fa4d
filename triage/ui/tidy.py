"""What dialogues and searches leave in memory, taken away while nobody waits: a day has a thousand of them."""

from __future__ import annotations

import gc

from textual._styles_cache import StylesCache

from triage.desk.allocator import give_back_what_is_free


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
    give_back_what_is_free()
