"""Figures of speed, always as ratios against a yardstick of the same run (issue 2 part 7)."""
