"""What a ticket means for the business: the score, its clocks, the brief, whom to tell, the money."""
