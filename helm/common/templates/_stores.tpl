{{/* How a service finds its database, its own half's or an external one. */}}

{{/* The settings of the external database that takes the place of the one named, where there is one; else nothing. */}}
{{- define "common.external" -}}
{{- $ := index . 0 -}}
{{- $all := dict "mongodb" $.Values.global.externalMongodb "postgresql" $.Values.global.externalPostgresql -}}
{{- $found := index $all (index . 1) | default dict -}}
{{- if or $found.uri $found.host $found.existing }}{{ toYaml $found }}{{ end }}
{{- end }}

{{/* Where that is, without its password: what has to change for pods to look elsewhere. */}}
{{- define "common.externalPlace" -}}
{{- regexReplaceAll "://[^@]*@" (omit (include "common.external" . | fromYaml) "ownerPassword" "appPassword" | toJson) "://" }}
{{- end }}

{{/* What a service over a store reads: a list of variables. */}}
{{- define "common.storeVariables" -}}
{{- $store := .Values.about.store | default "" -}}
{{- $external := include "common.external" (list . $store) -}}
{{- if and (eq $store "mongodb") $external -}}
- {name: MONGO_URI, secret: external-mongodb, key: uri}
{{- else if eq $store "mongodb" -}}
- {name: MONGO_ESHOP_PASSWORD, secret: mongodb, key: eshop-password}
- {name: MONGO_URI, value: "mongodb://eshop:$(MONGO_ESHOP_PASSWORD)@mongodb:27017/eshop?replicaSet=rs0&authSource=admin"}
{{- else if and (eq $store "postgresql") $external -}}
- {name: POSTGRES_DSN, secret: external-postgresql, key: app-dsn}
{{- else if eq $store "postgresql" -}}
- {name: POSTGRES_APP_PASSWORD, secret: postgresql, key: app-password}
- {name: POSTGRES_DSN, value: "postgresql://wallet_app:$(POSTGRES_APP_PASSWORD)@postgresql:5432/walletdb"}
{{- else -}}
[]
{{- end }}
{{- end }}

{{/* What the run reads that applies the schema, as the tables' owner. */}}
{{- define "common.ownerVariables" -}}
{{- $external := include "common.external" (list . "postgresql") -}}
{{- if $external -}}
- {name: POSTGRES_OWNER_DSN, secret: external-postgresql, key: owner-dsn}
- {name: POSTGRES_APP_ROLE, value: {{ (fromYaml $external).app | quote }}}
{{- else -}}
- {name: POSTGRES_OWNER_PASSWORD, secret: postgresql, key: owner-password}
- {name: POSTGRES_OWNER_DSN, value: "postgresql://wallet_owner:$(POSTGRES_OWNER_PASSWORD)@postgresql:5432/walletdb"}
- {name: POSTGRES_APP_ROLE, value: wallet_app}
{{- end }}
{{- end }}

{{/* The one rule by which a service's pods may reach its store. */}}
{{- define "common.storeEgress" -}}
{{- $external := include "common.external" (list . .Values.about.store) | fromYaml -}}
{{- if $external }}
- {{ with $external.cidrs -}}
  to:
    {{- range . }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
  {{ end -}}
  ports:
    {{- range $external.ports | default (list $external.port) }}
    - {port: {{ . }}}
    {{- end }}
{{- else }}
{{- include "common.rule" (list . "to" (dict "peers" (list .Values.about.store) "port" (get (dict "mongodb" 27017 "postgresql" 5432) .Values.about.store))) }}
{{- end }}
{{- end }}
