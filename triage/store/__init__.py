"""The SQLite database: opening it, migrating it, and one repository per aggregate."""
