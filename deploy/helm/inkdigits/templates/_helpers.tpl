{{- define "inkdigits.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "inkdigits.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "inkdigits.labels" -}}
{{ include "inkdigits.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "inkdigits.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "inkdigits.secretName" -}}
{{- .Values.secret.existing | default (include "inkdigits.name" .) -}}
{{- end -}}

{{- define "inkdigits.hasSecret" -}}
{{- if or .Values.secret.existing .Values.secret.apiKey .Values.secret.databaseUrl -}}yes{{- end -}}
{{- end -}}

{{/* A value as the command line takes it: whole numbers have no exponent. */}}
{{- define "inkdigits.value" -}}
{{- if and (kindIs "float64" .) (eq (float64 (int64 .)) .) -}}
{{- int64 . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* The options of `inkdigits serve`, one argument a line. */}}
{{- define "inkdigits.options" -}}
{{- range $name, $value := .Values.options }}
{{- if kindIs "slice" $value }}
{{- range $value }}
- {{ printf "--%s=%s" $name (include "inkdigits.value" .) | quote }}
{{- end }}
{{- else if kindIs "bool" $value }}
{{- if $value }}
- {{ printf "--%s" $name | quote }}
{{- else if eq $name "log" }}
- "--no-log"
{{- end }}
{{- else }}
- {{ printf "--%s=%s" $name (include "inkdigits.value" $value) | quote }}
{{- end }}
{{- end }}
{{- end -}}
