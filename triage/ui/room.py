"""How much room a terminal has to have, in cells."""

from __future__ import annotations

SMALLEST = (60, 16)
"""Columns and lines below which the application says that it has too little room."""
NARROW = 100
"""From this width on two things stand beside each other; below it they are two pages."""
