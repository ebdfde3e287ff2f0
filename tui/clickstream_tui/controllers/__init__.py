"""What is done about the messages of the panes and screens: a module a kind of thing."""
