"""A student's own function in place of a lab's: looked at, called, and told in words when it fails."""
