"""Coverage routes for one robot or a fleet, with proof of their quality."""
