"""What models are built of: memories as layers, attention, convolution, and the three wirings of Titans."""
