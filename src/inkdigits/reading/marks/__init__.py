"""A page's grey pixels → its marks: a network that sees them, at several sizes, and what is made of
its answers.
"""
