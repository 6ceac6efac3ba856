"""Plans and maps in other programs' formats."""
