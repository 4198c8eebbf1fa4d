"""What leaves the desk: copies of brief, number and link, and whom to tell."""

from __future__ import annotations

from triage.desk.address import address_of
from triage.ui import clipboard, opening, questions, words
from triage.ui.lanes import LOOK, SCAN
from triage.ui.screens.acting import Acting


class HandingOn(Acting, part=True):
    """Copies and contacts."""

    def copy(self, what: str, text: str) -> None:
        """Copy by the terminal and by the platform; say what that could do."""
        self.app.copy_to_clipboard(clipboard.safe(text))
        if self.app.is_web:  # the platform here is the server's, where nobody sits
            self.say(clipboard.told(what, None, browser=True))
            return
        # Not where the screen reads: a program that does not answer is waited for.
        self.work(
            "copy", SCAN, lambda: clipboard.copy_by_platform(text), lambda tool: self.say(clipboard.told(what, tool))
        )

    def action_copy_brief(self) -> None:
        """Copy the brief."""
        if self.detail is None:
            self.say("the ticket is still being read", "warning")
        else:
            self.copy("the brief", self.detail.brief)

    def action_copy_link(self) -> None:
        """Copy the number and the address in its own system."""
        if self.detail is None:
            self.say("the ticket is still being read", "warning")
            return
        ticket = self.detail.ticket
        address = address_of(ticket, self.session.links)
        text = f"{ticket.id} {ticket.source}:{ticket.external_id}" + (f" {address}" if address else "")
        self.copy("the number" + (" and the link" if address else ""), words.line(text))

    def action_open_own(self) -> None:
        """Open the ticket in its own system; where no window can be opened, its address is copied."""
        if self.detail is None:
            self.say("the ticket is still being read", "warning")
            return
        ticket = self.detail.ticket
        address = address_of(ticket, self.session.links)
        if address is None:
            self.say(
                f"no address came with {words.line(ticket.source)}:{words.line(ticket.external_id)}; "
                f'the configuration can make one: [links] {words.line(ticket.source)} = "https://…/{{id}}"',
                "warning",
            )
        elif self.app.is_web:
            self.app.open_url(address)
            self.say(f"opened {address}")
        else:

            def opened(done: bool) -> None:
                if done:
                    self.say(f"opened {address}")
                else:
                    self.copy(f"no browser can be opened from here; {address}", address)

            self.work("open", LOOK, lambda: opening.open_by_platform(address), opened)

    def action_who(self) -> None:
        """Whom to tell, with address and telephone."""
        found = self.detail
        if found is None:
            self.say("the ticket is still being read", "warning")
            return
        lines = [
            " · ".join(part for part in (contact.name, contact.role, contact.email, contact.phone) if part)
            for contact in found.who
        ] or ["the catalog names nobody for this"]

        def answered(value: str | None) -> None:
            if value == "copy":
                self.copy("whom to tell", "\n".join(lines))

        self.ask(questions.lines("Whom to tell", lines, "⏎ copies, escape closes"), answered)
