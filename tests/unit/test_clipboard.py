"""What is said of a copy: certain only where it is."""

from __future__ import annotations

import pytest

from triage.ui.clipboard import told


def test_the_platform_s_own_is_certain_here() -> None:
    assert told("the brief", "pbcopy", {}) == "the brief was copied (pbcopy)"
    assert told("the brief", "xclip", {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "a b c d"}).endswith("(xclip)")


@pytest.mark.parametrize(
    ("tool", "environ"),
    [("pbcopy", {"SSH_TTY": "/dev/ttys001"}), ("xclip", {"DISPLAY": ":0", "SSH_CONNECTION": "a b c d"}),
     ("wl-copy", {"WAYLAND_DISPLAY": "w", "SSH_CONNECTION": "a b c d"})],
)  # fmt: skip
def test_signed_in_from_elsewhere_it_is_another_machine_s(tool: str, environ: dict[str, str]) -> None:
    said = told("the brief", tool, environ)
    assert f"that machine's ({tool})" in said and "OSC 52" in said and "not every terminal takes it" in said


def test_without_one_the_terminal_may_or_may_not_take_it() -> None:
    said = told("the brief", None, {})
    assert said == "the brief was sent to the terminal's clipboard (OSC 52); not every terminal takes it"


def test_in_a_browser_it_is_the_browser_s() -> None:
    assert "sent to the browser's clipboard" in told("the brief", None, {}, browser=True)
