"""Prefect flows, and what they stand on."""
