"""The marks network: what it learns from and how it is trained (`make marks-model`)."""
