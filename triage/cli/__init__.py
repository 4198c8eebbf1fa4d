"""The command line: arguments, a call into desk or reports, and printing."""
