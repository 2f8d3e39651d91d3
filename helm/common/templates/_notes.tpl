{{/* What to type now. Arguments: a list of the context, the other half, and what `helm test` does. */}}
{{- define "common.notes" -}}
{{- $ := index . 0 }}
{{- $gate := printf "service/%s" $.Values.global.ingress.service }}
{{- $hosts := include "common.hosts" $ | fromYamlArray -}}
{{ $.Release.Name }} is deployed in the namespace {{ $.Release.Namespace }}, revision {{ $.Release.Revision }}.

Its pods, as they get ready:
  kubectl get pods -n {{ $.Release.Namespace }}
The other half of the shop, unless it is there:
  ./setup.sh helm deploy -r {{ index . 1 }}
Open the gate, in a terminal of its own:
  kubectl port-forward {{ $gate }} 8443:443 -n {{ $.Values.global.namespaces.gate }}
Ask:
  {{- range $hosts }}
  curl -k -H "Host: {{ .host }}" https://localhost:8443{{ first .paths }}
  {{- end }}
{{ index . 2 }}:
  helm test {{ $.Release.Name }} -n {{ $.Release.Namespace }}
{{- end }}
