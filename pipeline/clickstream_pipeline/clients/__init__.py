"""Clients of the servers, each over its public protocol."""
