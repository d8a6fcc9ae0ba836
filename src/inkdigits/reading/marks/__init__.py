"""A page's grey pixels → its marks, found by a network at several sizes."""
