"""The words of the program: no Qt, no TensorFlow, no image library."""
