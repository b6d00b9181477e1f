"""How long the warehouse takes, beside plain SQL that does the same by hand."""
