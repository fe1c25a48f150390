"""How the program looks: tokens, style, icons and the widgets that every page shares."""
