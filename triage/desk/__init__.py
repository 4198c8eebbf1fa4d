"""The acts of a support desk: one function an act, one transaction an act, one row of audit."""
