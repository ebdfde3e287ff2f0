"""Connect's converters: values with their schemas to bytes, and back."""
