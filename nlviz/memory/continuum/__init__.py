"""Memories of several levels: each a net as fast weights, with an update period of its own."""
