{{/* A database: its pods have names, and keep their claims, whatever becomes of them. */}}

{{- define "common.statefulset" -}}
apiVersion: apps/v1
kind: StatefulSet
{{ include "common.metadata" . }}
spec:
  serviceName: {{ .Chart.Name }}
  replicas: {{ .Values.replicas | default 1 }}
  podManagementPolicy: Parallel
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
  template:
    metadata:
      {{- include "common.podMetadata" . | nindent 6 }}
    spec:
      {{- include "common.podSettings" . | nindent 6 }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 999
        runAsGroup: 999
        fsGroup: 999
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: {{ .Chart.Name }}
          {{- include "common.program" . | nindent 10 }}
          command: [bash, /eshop/start.sh]
          args:
            {{- range .Values.about.args }}
            - {{ tpl . $ | quote }}
            {{- end }}
          ports:
            {{- range .Values.about.ports }}
            - {name: {{ .name }}, containerPort: {{ .port }}}
            {{- end }}
          env:
            {{- include "common.variables" (list . .Values.about.env) | nindent 12 }}
          {{- include "common.databaseProbes" . | nindent 10 }}
          {{- include "common.bounds" . | nindent 10 }}
          volumeMounts:
            - {name: data, mountPath: {{ .Values.about.data }}}
            - {name: scripts, mountPath: /eshop, readOnly: true}
            {{- range .Values.about.scratch }}
            - {name: {{ .name }}, mountPath: {{ .path }}}
            {{- end }}
      volumes:
        - name: scripts
          configMap: {name: {{ .Chart.Name }}}
        {{- range .Values.about.scratch }}
        - name: {{ .name }}
          emptyDir: {sizeLimit: 64Mi}
        {{- end }}
  volumeClaimTemplates:
    - metadata:
        name: data
        labels:
          {{- include "common.labels" . | nindent 10 }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .Values.storage.className }}
        storageClassName: {{ . | quote }}
        {{- end }}
        resources:
          requests: {storage: {{ .Values.storage.size }}}
{{- end }}

{{/* The port alone says that it lives: who is slow, or recovers from a crash, is not helped by another one. */}}
{{- define "common.databaseProbes" -}}
startupProbe:
  tcpSocket: {port: {{ .Chart.Name }}}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: {{ .Values.about.startFailures }}
readinessProbe:
  exec:
    command: [bash, -c, {{ .Values.about.ready | quote }}]
  periodSeconds: 5
  timeoutSeconds: 5
livenessProbe:
  tcpSocket: {port: {{ .Chart.Name }}}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
