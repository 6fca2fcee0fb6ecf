"""Whole models: blocks in a row over tokens or bytes, the shipped ones, and their states between calls."""
