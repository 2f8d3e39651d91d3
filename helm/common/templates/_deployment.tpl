{{/* A service: replaced without a lost request. */}}

{{- define "common.deployment" -}}
apiVersion: apps/v1
kind: Deployment
{{ include "common.metadata" . }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
  minReadySeconds: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  template:
    metadata:
      {{- include "common.podMetadata" . | nindent 6 }}
    spec:
      {{- include "common.podSettings" . | nindent 6 }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        seccompProfile: {type: RuntimeDefault}
      {{- with .Values.about.first }}
      initContainers:
        - name: {{ .name }}
          command: {{ toJson .command }}
          {{- include "common.program" $ | nindent 10 }}
          env:
            {{- include "common.variables" (list $ (include "common.ownerVariables" $ | fromYamlArray)) | nindent 12 }}
          {{- include "common.bounds" $ | nindent 10 }}
      {{- end }}
      containers:
        - name: {{ .Chart.Name }}
          {{- include "common.program" . | nindent 10 }}
          ports:
            {{- range .Values.about.ports }}
            - {name: {{ .name }}, containerPort: {{ .port }}}
            {{- end }}
          envFrom:
            - configMapRef: {name: {{ .Chart.Name }}}
          env:
            {{- include "common.variables" (list . .Values.about.env) | nindent 12 }}
            {{- include "common.variables" (list . (include "common.storeVariables" . | fromYamlArray)) | nindent 12 }}
          {{- include "common.serviceProbes" . | nindent 10 }}
          lifecycle:
            preStop:
              sleep: {seconds: 5}
          {{- include "common.bounds" . | nindent 10 }}
{{- end }}

{{- define "common.program" -}}
image: {{ include "common.image" . | quote }}
imagePullPolicy: {{ .Values.global.images.pullPolicy }}
{{- end }}

{{- define "common.serviceProbes" -}}
startupProbe:
  httpGet: {path: /health, port: http}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /health/ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 5 # 25 s: a store may fail over meanwhile, and who hangs is not killed yet
livenessProbe:
  httpGet: {path: /health, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
{{- end }}
