"""What models are built of: memories as layers, attention, convolution, the three wirings of Titans, and Hope."""
