"""The Network page: the list of layers, the form of the chosen one, the drawing, totals and problems."""
