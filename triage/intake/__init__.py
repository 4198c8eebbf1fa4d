"""Where tickets come from: files, mailboxes and help desks, each behind one small protocol."""
