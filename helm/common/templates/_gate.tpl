{{/* The gate: what the world may ask here, who answers, and with which certificate. */}}

{{/* The paths of each subchart that has a host, in the order of Chart.yaml. All else is a 404. */}}
{{- define "common.gate" -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
{{ include "common.gateMetadata" (list . "gate") }}
spec:
  ingressClassName: {{ .Values.global.ingress.className | quote }}
  tls:
    - secretName: {{ .Values.tls.existing | default "tls" | quote }}
      hosts:
        {{- range include "common.hosts" . | fromYamlArray }}
        - {{ .host }}
        {{- end }}
  rules:
    {{- range include "common.hosts" . | fromYamlArray }}
    {{- $backend := dict "service" (dict "name" .service "port" (dict "name" "http")) | toJson }}
    - host: {{ .host }}
      http:
        paths:
          {{- range .paths }}
          - {path: {{ . }}, pathType: Prefix, backend: {{ $backend }}}
          {{- end }}
          - {path: /health, pathType: Exact, backend: {{ $backend }}}
          - {path: /openapi, pathType: Prefix, backend: {{ $backend }}}
    {{- end }}
{{- end }}

{{/* A list of hosts, each with its service and its paths. */}}
{{- define "common.hosts" -}}
{{- range .Chart.Dependencies }}
{{- $service := .Name }}
{{- with (index $.Values $service).about }}
{{- with .host }}
- host: {{ .name }}.{{ $.Values.global.domain }}
  service: {{ $service }}
  paths: {{ toJson .paths }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The data of one that was made before, here or in the other half; else nothing. */}}
{{- define "common.madeCertificate" -}}
{{- $found := dict }}
{{- range prepend (values (omit .Values.global.namespaces "gate")) .Release.Namespace }}
  {{- $there := lookup "v1" "Secret" . "tls" }}
  {{- $madeFor := get (($there.metadata | default dict).annotations | default dict) "eshop.com/made-for" }}
  {{- if and (not $found) (eq $madeFor $.Values.global.domain) }}{{ $found = $there.data }}{{ end }}
{{- end }}
{{- if $found }}{{ toYaml $found }}{{ end }}
{{- end }}

{{/* One that was made says for which domain, and is kept as long as that is asked for; both halves have the same. */}}
{{- define "common.tls" -}}
{{- if not .Values.tls.existing -}}
apiVersion: v1
kind: Secret
{{ include "common.gateMetadata" (list . "tls") }}
  {{- if not .Values.tls.certificate }}
  annotations:
    eshop.com/made-for: {{ .Values.global.domain }}
  {{- end }}
type: kubernetes.io/tls
data:
  {{- include "common.certificate" . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "common.certificate" -}}
{{- if .Values.tls.certificate }}
tls.crt: {{ b64enc .Values.tls.certificate }}
tls.key: {{ b64enc .Values.tls.key }}
{{- else }}
{{- $found := include "common.madeCertificate" . }}
{{- if $found }}{{ $found }}{{ else }}{{ include "common.newCertificate" . }}{{ end }}
{{- end }}
{{- end }}

{{- define "common.newCertificate" -}}
{{- $domain := .Values.global.domain }}
{{- $made := genSelfSignedCert (printf "*.%s" $domain) nil (list (printf "*.%s" $domain) $domain) 3650 }}
tls.crt: {{ b64enc $made.Cert }}
tls.key: {{ b64enc $made.Key }}
{{- end }}
