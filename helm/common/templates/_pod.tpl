{{/* What every pod has in common, a service's and a database's. */}}

{{/* With the sums of its settings and of its external database's place, so that others start another pod. */}}
{{- define "common.podMetadata" -}}
labels:
  {{- include "common.labels" . | nindent 2 }}
{{- if .Values.global.restartOnChange }}
annotations:
  checksum/configmap: {{ include "common.settings" . | sha256sum }}
  {{- $store := .Values.about.store | default "" }}
  {{- if include "common.external" (list . $store) }}
  checksum/database: {{ include "common.externalPlace" (list . $store) | sha256sum }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "common.podSettings" -}}
serviceAccountName: {{ .Chart.Name }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
{{- include "common.pullSecrets" . }}
{{- end }}

{{- define "common.pullSecrets" -}}
{{- with .Values.global.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "common.image" -}}
{{- with .Values.global.images.registry }}{{ . }}/{{ end }}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Resources and confinement, the last words on a container. */}}
{{- define "common.bounds" -}}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Arguments: a list of the context and variables, each with a value (a template), a Secret and its key, or a field. */}}
{{- define "common.variables" -}}
{{- $ := index . 0 }}
{{- range index . 1 }}
- name: {{ .name }}
  {{- if .secret }}
  valueFrom:
    secretKeyRef: {name: {{ include "common.secretName" (list $ .secret) | quote }}, key: {{ .key }}}
  {{- else if .field }}
  valueFrom:
    fieldRef: {fieldPath: {{ .field }}}
  {{- else }}
  value: {{ tpl .value $ | quote }}
  {{- end }}
{{- end }}
{{- end }}
