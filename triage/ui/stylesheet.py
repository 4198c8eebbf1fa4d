"""Textual's stylesheet, which keeps what it has parsed until a variable of the theme changes.

Textual parses every rule anew for each screen that is made and each refresh, also where the variables are the same:
four times before the first paint.
"""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class KeptStylesheet(Stylesheet):
    """A stylesheet whose rules are parsed once for the variables in force."""

    def set_variables(self, variables: dict[str, str]) -> None:
        """Forget what was parsed only where the variables are others."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Bring the rules up to date; a source that was parsed for these variables is not parsed again."""
        self.parse()
