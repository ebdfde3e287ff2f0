"""Regular expressions of `java.util.regex`, translated for the `regex` library."""
