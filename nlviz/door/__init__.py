"""The door: where every input is looked at, once, before anything is computed. A few words that all rooms use.

words      single values: counts, numbers, choices, switches, things of a kind, functions, files (no NumPy, no torch)
arrays     NumPy arrays: what a list, a tensor or an array says without doubt is taken (no torch loaded)
tensors    tensors and generators, with the names of their axes
results    what a student's function gives back, as it is meant

What is unambiguous is taken: a list for a tensor, `np.int64(8)` for 8, 1e3 for 1000. The rest is a ValueError that
names the value, what was expected and what to do. Nothing is looked at inside the inner loop.
"""
