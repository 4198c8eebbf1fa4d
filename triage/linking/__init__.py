"""Linking a ticket to the catalog: what it is about, where in the journey it hurts, how bad and how far."""
