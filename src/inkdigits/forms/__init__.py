"""Forms: templates, registration, reading with rules, records.

Form, FormTemplate, Record and FieldReading are public. Start with
`Form.load(path).read(picture)`.
"""

from inkdigits.forms.form import Form
from inkdigits.forms.records import FieldReading, Record
from inkdigits.forms.template import FormTemplate

__all__ = ["FieldReading", "Form", "FormTemplate", "Record"]
