"""What tasks do: records from a source to the broker, and from the broker to a sink."""
