"""Predictions: a question is asked, the answer kept, and compared with what was measured; a class is polled."""
