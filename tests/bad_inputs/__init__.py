"""Every public name with every kind of bad input, and fair input in every form: see `python -m tests.bad_inputs`."""
