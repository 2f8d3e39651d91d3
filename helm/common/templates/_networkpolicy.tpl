{{/* Who may call whom. Each line of the picture is written down at both its ends. */}}

{{- define "common.networkpolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{{ include "common.metadata" . }}
spec:
  podSelector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- range .Values.about.callers }}
    {{- include "common.rule" (list $ "from" .) | nindent 4 }}
    {{- end }}
  {{- $egress := include "common.egress" . }}
  {{- if $egress }}
  egress:
    {{- $egress | trim | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "common.egress" -}}
{{- range .Values.about.calls }}
{{ include "common.rule" (list $ "to" .) }}
{{- end }}
{{- if .Values.about.store }}
{{ include "common.storeEgress" . }}
{{- end }}
{{- end }}

{{/* Arguments: a list of the context, `from` or `to`, and peers, with a port or else with all of theirs. */}}
{{- define "common.rule" -}}
{{- $ := index . 0 -}}
- {{ index . 1 }}:
    {{- range (index . 2).peers }}
    - {{ include "common.peer" (list $ .) | nindent 6 | trim }}
    {{- end }}
  {{- with (index . 2).port }}
  ports:
    - {port: {{ . }}}
  {{- end }}
{{- end }}

{{/* Arguments: a list of the context and a name; what runs in another namespace is called <its key in namespaces>/<name>. */}}
{{- define "common.peer" -}}
{{- $ := index . 0 -}}
{{- $parts := splitList "/" (tpl (index . 1) $) -}}
{{- if eq (len $parts) 2 }}
namespaceSelector:
  matchLabels: {kubernetes.io/metadata.name: {{ index $.Values.global.namespaces (first $parts) | quote }}}
{{- end }}
podSelector:
  matchLabels: {app.kubernetes.io/name: {{ last $parts | quote }}}
{{- end }}

{{/* What no other policy allows is refused, for every pod here and both ways; all may ask for names. */}}
{{- define "common.defaultDeny" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{{ include "common.gateMetadata" (list . "default-deny") }}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  egress:
    - to:
        - namespaceSelector:
            matchLabels: {kubernetes.io/metadata.name: kube-system}
          podSelector:
            matchLabels: {k8s-app: kube-dns}
      ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
{{- end }}
