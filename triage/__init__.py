"""triage: a support desk that speaks the language of the business."""

__version__ = "0.1.0"
