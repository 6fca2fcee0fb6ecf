"""Three pictures before and after they were drawn anew: index.html shows them side by side."""

NAMES = ("surprise", "titans", "wiring")
