"""Forms: templates, registration, reading with rules, records.

Form, FormTemplate, Record and FieldReading are for use from outside;
`Form.load(path).read(picture)` is where to begin.
"""

from inkdigits.forms.form import Form
from inkdigits.forms.records import FieldReading, Record
from inkdigits.forms.template import FormTemplate

__all__ = ["FieldReading", "Form", "FormTemplate", "Record"]
