"""Opposable : la convention médicale, calculable."""
