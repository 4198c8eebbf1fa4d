"""What a lead answers with: the report card, costs, journeys, overrides, improvements."""
