{{/* What a values.schema.json cannot say: values that exclude each other, and what the cluster holds already. */}}

{{- define "common.check" -}}
{{- include "common.checkDatabase" . }}
{{- include "common.checkCertificate" . }}
{{- include "common.checkGiven" . }}
{{- include "common.checkMembers" . }}
{{- include "common.checkOwner" . }}
{{- include "common.checkSecrets" . }}
{{- include "common.checkToken" . }}
{{- end }}

{{- define "common.checkDatabase" -}}
{{- range $name := list "mongodb" "postgresql" }}
  {{- with index $.Values $name }}
    {{- $external := include "common.external" (list $ $name) | fromYaml }}
    {{- $values := printf "global.external%s" (title $name) }}
    {{- if and .enabled $external }}
      {{- fail (printf "two databases: with %s also %s.enabled=false" $values $name) }}
    {{- else if not (or .enabled $external) }}
      {{- fail (printf "no database: with %s.enabled=false, %s says where there is one" $name $values) }}
    {{- else if and $external.existing (or $external.uri $external.host) }}
      {{- fail (printf "%s: `existing`, or the address itself, one of them" $values) }}
    {{- else if and $external.host (not (and $external.ownerPassword $external.appPassword)) }}
      {{- fail (printf "%s.host: also ownerPassword and appPassword, or `existing` in the place of all three" $values) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "common.checkCertificate" -}}
{{- with .Values.tls }}
  {{- if ne (empty .certificate) (empty .key) }}{{ fail "tls.certificate and tls.key: both, or neither" }}{{ end }}
  {{- if and .existing .certificate }}{{ fail "tls.existing and tls.certificate: one of them" }}{{ end }}
{{- end }}
{{- end }}

{{- define "common.checkGiven" -}}
{{- range $name, $secret := .Values.global.secrets }}
  {{- if and $secret.existing (compact (values $secret.data)) }}
    {{- fail (printf "global.secrets.%s: `existing`, or words in `data`, one of them" $name) }}
  {{- end }}
{{- end }}
{{- range $name, $program := .Values }}
  {{- $scaling := dig "autoscaling" dict (ternary $program dict (kindIs "map" $program)) }}
  {{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}
    {{- fail (printf "%s.autoscaling: minReplicas is more than maxReplicas" $name) }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Of three members one alone is no majority: it would take no writes. */}}
{{- define "common.checkMembers" -}}
{{- with .Values.mongodb }}
  {{- $running := dig "spec" "replicas" 0 (lookup "apps/v1" "StatefulSet" $.Release.Namespace "mongodb") }}
  {{- $kept := and (not $running) (lookup "v1" "PersistentVolumeClaim" $.Release.Namespace "data-mongodb-1") }}
  {{- if and .enabled (lt (int .replicas) 3) $kept }}
    {{- fail "the claims of three members of MongoDB are kept here: --set mongodb.replicas=3 goes on with them (had the others left the set, `kubectl delete pvc data-mongodb-1 data-mongodb-2`)" }}
  {{- end }}
  {{- if and .enabled (lt (int .replicas) (int $running)) }}
    {{- $exec := printf "kubectl exec mongodb-0 -n %s -- mongosh --quiet --nodb /eshop/keep_first.js" $.Release.Namespace }}
    {{- $claims := printf "kubectl delete pvc data-mongodb-1 data-mongodb-2 -n %s" $.Release.Namespace }}
    {{- $scale := printf "kubectl scale statefulset/mongodb --replicas=%v -n %s" .replicas $.Release.Namespace }}
    {{- fail (printf "%v members of MongoDB are to become %v: first `%s`, so that the others leave, then `%s`, then again, then `%s`" $running .replicas $exec $scale $claims) }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "common.checkOwner" -}}
{{- $gate := lookup "networking.k8s.io/v1" "Ingress" .Release.Namespace "gate" }}
{{- if and $gate (ne (dig "metadata" "labels" "app.kubernetes.io/managed-by" "" $gate) .Release.Service) }}
  {{- $half := include "common.half" . }}
  {{- fail (printf "%s was applied by kubectl: first `./setup.sh kubectl delete %s` (with its data; --keep-claims keeps it)" $half $half) }}
{{- end }}
{{- end }}

{{/* Those that `kubectl delete --keep-claims` has left: the data knows them, so they are not to be replaced. */}}
{{- define "common.checkSecrets" -}}
{{- $left := list }}
{{- range $name, $secret := .Values.global.secrets }}
  {{- $there := lookup "v1" "Secret" $.Release.Namespace $name }}
  {{- if and $there (not $secret.existing) (ne (dig "metadata" "labels" "app.kubernetes.io/managed-by" "" $there) $.Release.Service) }}
    {{- $left = append $left (printf "--set global.secrets.%s.existing=%s" $name $name) }}
  {{- end }}
{{- end }}
{{- if $left }}
  {{- fail (printf "credentials that are not Helm's are in %s; to go on with them, and with the data that knows them: %s" .Release.Namespace (join " " $left)) }}
{{- end }}
{{- end }}

{{/* Those that were made are equal by themselves; given or named ones are their giver's to keep equal. */}}
{{- define "common.checkToken" -}}
{{- range $name, $secret := .Values.global.secrets }}
  {{- if and (hasKey $secret.data "internal-token") (not $secret.existing) (not (get $secret.data "internal-token")) }}
    {{- $here := dig "data" "internal-token" "" (lookup "v1" "Secret" $.Release.Namespace $name) }}
    {{- $there := include "common.othersToken" (index $.Subcharts $name) }}
    {{- if and $here $there (ne $here $there) }}
      {{- fail "the tokens of eshop and wallet differ, so walletservice would refuse all that paymentservice asks: give the same in both, as internal-token" }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
