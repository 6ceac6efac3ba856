"""How risky is each street, and when."""
