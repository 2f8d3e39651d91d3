{{/* Who an object belongs to. Arguments everywhere else: the context of the chart that renders it. */}}

{{/* The half of the shop, eshop or wallet: the umbrella's name, also where a subchart asks. */}}
{{- define "common.half" -}}
{{ regexFind "^[^/]+" .Template.BasePath }}
{{- end }}

{{/* Those of the plain manifests, which pods and claims bear, too: Helm's own would change with each version of a chart. */}}
{{- define "common.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/part-of: {{ include "common.half" . }}
app.kubernetes.io/component: {{ .Values.about.component }}
{{- end }}

{{- define "common.helmLabels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* A selector asks for the name alone: it can never be changed, and labels may be. */}}
{{- define "common.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
{{- end }}

{{/* Of an object that is called as its subchart. */}}
{{- define "common.metadata" -}}
metadata:
  name: {{ .Chart.Name }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "common.labels" . | nindent 4 }}
    {{- include "common.helmLabels" . | nindent 4 }}
{{- end }}

{{/* Of an object of the umbrella's. Arguments: a list of the context and the object's name. */}}
{{- define "common.gateMetadata" -}}
{{- $ := index . 0 -}}
metadata:
  name: {{ index . 1 }}
  namespace: {{ $.Release.Namespace }}
  labels:
    app.kubernetes.io/name: gate
    app.kubernetes.io/part-of: {{ include "common.half" $ }}
    app.kubernetes.io/component: gate
    {{- include "common.helmLabels" $ | nindent 4 }}
{{- end }}
