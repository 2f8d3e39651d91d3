{{/* Credentials: given, or found in the cluster, or else made at random, once. */}}

{{/* Arguments: a list of the context and the usual name of a Secret. */}}
{{- define "common.secretName" -}}
{{- $ := index . 0 -}}
{{- $externals := dict "external-mongodb" $.Values.global.externalMongodb "external-postgresql" $.Values.global.externalPostgresql -}}
{{- $own := index (merge (dict) $externals $.Values.global.secrets) (index . 1) | default dict -}}
{{ $own.existing | default (index . 1) }}
{{- end }}

{{/* The Secret that is called as its subchart. What is made here stays when the release goes, as the claims do. */}}
{{- define "common.secret" -}}
{{- $own := index .Values.global.secrets .Chart.Name }}
{{- if not $own.existing }}
{{- $words := include "common.words" . | fromYaml -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Chart.Name }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "common.labels" . | nindent 4 }}
    eshop.com/credentials: {{ $words.origin }}
    {{- include "common.helmLabels" . | nindent 4 }}
  {{- if eq $words.origin "random" }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
type: Opaque
data:
  {{- toYaml $words.data | nindent 2 }}
{{- end }}
{{- end }}

{{/* The data of that Secret, and where it comes from: `random` if anything of it was made here, else who knows it. */}}
{{- define "common.words" -}}
{{- $there := (lookup "v1" "Secret" .Release.Namespace .Chart.Name).data | default dict }}
{{- $data := dict }}
{{- $origin := "given" }}
{{- range $key, $given := (index .Values.global.secrets .Chart.Name).data }}
  {{- if $given }}
    {{- $_ := set $data $key ($given | toString | b64enc) }}
    {{- if contains "development-only" $given }}{{ $origin = ternary "random" "development" (eq $origin "random") }}{{ end }}
  {{- else }}
    {{- $origin = "random" }}
    {{- $shared := "" }}
    {{- if eq $key "internal-token" }}{{ $shared = include "common.othersToken" $ }}{{ end }}
    {{- $_ := set $data $key (coalesce (get $there $key) $shared (randAlphaNum 48 | b64enc)) }}
  {{- end }}
{{- end }}
{{- dict "origin" $origin "data" $data | toYaml }}
{{- end }}

{{/* The token that the other half shows or demands, in base64, where that half is there already; else nothing. */}}
{{- define "common.othersToken" -}}
{{- with .Values.about.sharesToken }}
{{- $namespace := index $.Values.global.namespaces .half }}
{{- get ((lookup "v1" "Secret" $namespace .secret).data | default dict) "internal-token" }}
{{- end }}
{{- end }}

{{/* The address of an external database with its password, where it was given and not named. Argument: the database. */}}
{{- define "common.externalSecret" -}}
{{- $ := index . 0 -}}
{{- $external := include "common.external" . | fromYaml }}
{{- if and $external (not $external.existing) -}}
apiVersion: v1
kind: Secret
{{ include "common.gateMetadata" (list $ (printf "external-%s" (index . 1))) }}
type: Opaque
stringData:
  {{- if $external.uri }}
  uri: {{ $external.uri | quote }}
  {{- else }}
  {{- $place := printf "%s:%d/%s%s" $external.host (int $external.port) $external.database (empty $external.options | ternary "" (printf "?%s" $external.options)) }}
  owner-dsn: {{ printf "postgresql://%s:%s@%s" $external.owner $external.ownerPassword $place | quote }}
  app-dsn: {{ printf "postgresql://%s:%s@%s" $external.app $external.appPassword $place | quote }}
  {{- end }}
{{- end }}
{{- end }}
