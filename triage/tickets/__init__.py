"""Tickets, their links to the catalog, and what people did about them: models only."""
