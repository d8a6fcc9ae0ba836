"""The marks network: its training data and its training (`make marks-model`)."""
