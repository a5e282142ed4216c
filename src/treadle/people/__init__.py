"""People: what they say to each other about things on record, and the views of a screen that they keep."""
