"""The pictures of the documents, and the page that shows them: taken from a real console in a real pseudo terminal."""
