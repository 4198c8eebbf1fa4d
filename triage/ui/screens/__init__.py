"""The modes and dialogues of the application, each with its stylesheet beside it."""
