"""The glyph network: a close-up of one mark → which mark it is, or none."""
