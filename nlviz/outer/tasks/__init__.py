"""What slow weights are trained on beside source code: facts, needles and pairs to recall, drawn from a generator."""
