"""The outer loop itself: steps, updates looked at before they are taken, and weights that are shipped."""
