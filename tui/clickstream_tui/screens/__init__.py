"""Screens over the home screen."""
