"""The service catalog: its models, its files, what must hold in it, and what a change would do."""
