"""The row network: a strip with a row of marks → for each of its columns which mark stands there,
or none.
"""
