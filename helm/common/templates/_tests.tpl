{{/* `helm test`: a pod a visit, with a way out to the gate alone, as any customer. What fails stays, to be looked at. */}}

{{- define "common.hook" -}}
annotations:
  helm.sh/hook: test
  helm.sh/hook-weight: {{ . | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* Arguments: a list of the context and the object's name. */}}
{{- define "common.testMetadata" -}}
{{- $ := index . 0 -}}
metadata:
  name: {{ index . 1 }}
  namespace: {{ $.Release.Namespace }}
  labels:
    app.kubernetes.io/name: helm-test
    app.kubernetes.io/part-of: {{ include "common.half" $ }}
    app.kubernetes.io/component: test
    {{- include "common.helmLabels" $ | nindent 4 }}
{{- end }}

{{- define "common.testConfigmap" -}}
apiVersion: v1
kind: ConfigMap
{{ include "common.testMetadata" (list . "helm-test") }}
  {{- include "common.hook" -1 | nindent 2 }}
data:
  {{- (.Files.Glob "visit.py").AsConfig | nindent 2 }}
{{- end }}

{{- define "common.testNetworkpolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{{ include "common.testMetadata" (list . "helm-test") }}
  {{- include "common.hook" -1 | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: helm-test
  policyTypes: [Ingress, Egress]
  egress:
    {{- include "common.rule" (list . "to" (dict "peers" (list "gate/{{ .Values.global.ingress.podName }}"))) | nindent 4 }}
{{- end }}

{{/* Arguments: a list of the context, the subchart whose image has Python, and the visits. */}}
{{- define "common.testPods" -}}
{{- $ := index . 0 }}
{{- $program := index $.Subcharts (index . 1) }}
{{- range concat (index . 2) (ternary (list "fail") (list) $.Values.test.fail) }}
---
apiVersion: v1
kind: Pod
{{ include "common.testMetadata" (list $ (printf "helm-test-%s" .)) }}
  {{- include "common.hook" (ternary 1 0 (eq . "fail")) | nindent 2 }}
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 180
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "common.pullSecrets" $ | indent 2 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: visit
      {{- include "common.program" $program | nindent 6 }}
      command: [python, /helm-test/visit.py, {{ . }}]
      env:
        - {name: GATE, value: {{ $.Values.global.ingress.service }}.{{ $.Values.global.namespaces.gate }}}
        - {name: DOMAIN, value: {{ $.Values.global.domain }}}
        - {name: CERTIFICATE, value: /tls/tls.crt}
      {{- include "common.bounds" $program | nindent 6 }}
      volumeMounts:
        - {name: helm-test, mountPath: /helm-test, readOnly: true}
        - {name: certificate, mountPath: /tls, readOnly: true}
  volumes:
    - name: helm-test
      configMap: {name: helm-test}
    - name: certificate
      secret:
        secretName: {{ $.Values.tls.existing | default "tls" | quote }}
        items: [{key: tls.crt, path: tls.crt}]
{{- end }}
{{- end }}
