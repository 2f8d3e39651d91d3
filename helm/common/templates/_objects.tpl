{{/* The small objects around a workload, each called as its subchart. */}}

{{- define "common.configmap" -}}
apiVersion: v1
kind: ConfigMap
{{ include "common.metadata" . }}
data:
  {{- include "common.settings" . | nindent 2 }}
{{- end }}

{{/* A database's are the scripts that it starts with; a service's are variables. */}}
{{- define "common.settings" -}}
{{- if eq .Values.about.component "database" -}}
{{ (.Files.Glob "scripts/*").AsConfig }}
{{- else }}
{{- range $name, $value := merge (dict) (.Values.about.config | default dict) .Values.config }}
{{ $name }}: {{ tpl (toString $value) $ | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "common.serviceaccount" -}}
apiVersion: v1
kind: ServiceAccount
{{ include "common.metadata" . }}
automountServiceAccountToken: false
{{- end }}

{{/* A database's is headless: each member has an address of its own, also before it is ready. */}}
{{- define "common.service" -}}
apiVersion: v1
kind: Service
{{ include "common.metadata" . }}
spec:
  {{- if eq .Values.about.component "database" }}
  clusterIP: None
  publishNotReadyAddresses: true
  {{- end }}
  selector:
    {{- include "common.selector" . | nindent 4 }}
  ports:
    {{- range .Values.about.ports }}
    - {name: {{ .name }}, port: {{ .port }}, targetPort: {{ .name }}}
    {{- end }}
{{- end }}

{{- define "common.poddisruptionbudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
{{ include "common.metadata" . }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
{{- end }}

{{- define "common.horizontalpodautoscaler" -}}
{{- with .Values.autoscaling }}
{{- if .enabled -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
{{ include "common.metadata" $ }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $.Chart.Name }}}
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: AverageValue, averageValue: {{ .cpu }}}
{{- end }}
{{- end }}
{{- end }}
