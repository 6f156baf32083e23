{{/* Environment of every process: dict "root" $ "which" "router" "extra" (list). Secrets only by reference. */}}
{{- define "frontdesk.env" -}}
- {name: FRONTDESK_ENVIRONMENT, value: {{ .root.Values.environment | quote }}}
- name: FRONTDESK_DATABASE_URL
  valueFrom:
    secretKeyRef: {{ include "frontdesk.databaseRef" (dict "root" .root "which" .which) }}
- name: FRONTDESK_MASTER_KEY
  valueFrom:
    secretKeyRef:
      name: {{ required "masterKey.existingSecret: the name of a Secret with 32 bytes as hex" .root.Values.masterKey.existingSecret | quote }}
      key: {{ .root.Values.masterKey.key | quote }}
- {name: FRONTDESK_BUS, value: kafka}
- {name: FRONTDESK_KAFKA_BOOTSTRAP, value: {{ required "kafka.bootstrap: host:port of the Kafka cluster" .root.Values.kafka.bootstrap | quote }}}
- {name: FRONTDESK_KAFKA_REPLICATION, value: {{ .root.Values.kafka.replication | quote }}}
- {name: FRONTDESK_KAFKA_MIN_IN_SYNC, value: {{ .root.Values.kafka.minInSync | quote }}}
- {name: FRONTDESK_PARTITIONS, value: {{ .root.Values.kafka.partitions | quote }}}
- {name: FRONTDESK_PUBLIC_URL, value: {{ required "publicUrl: what providers and browsers call, https://…" .root.Values.publicUrl | quote }}}
- {name: FRONTDESK_BLOB_DIR, value: /var/lib/frontdesk/blobs}
- {name: FRONTDESK_HOST, value: "0.0.0.0"}
- {name: FRONTDESK_PORT, value: "8080"}
- {name: FRONTDESK_METRICS_PORT, value: "9090"}
- {name: FRONTDESK_LOG_LEVEL, value: {{ .root.Values.logLevel | quote }}}
{{- with .root.Values.tracing.endpoint }}
- {name: FRONTDESK_OTLP_ENDPOINT, value: {{ . | quote }}}
{{- end }}
# A StatefulSet's pod keeps its name over restarts, and with it its place in the consumer group.
- name: FRONTDESK_MEMBER
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- with .extra }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "frontdesk.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "frontdesk.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The pod template of a server:
     dict "root" $ "component" "router" "channel" "" "which" "router" "args" (list) "values" (its values) "spool" bool. */}}
{{- define "frontdesk.pod" -}}
metadata:
  labels:
    {{- /* Not the chart's version: it alone must not restart anything. */}}
    {{- include "frontdesk.componentSelector" . | nindent 4 }}
    app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  {{- with .values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "frontdesk.fullname" .root }}
  automountServiceAccountToken: false
  # Kubernetes would add FRONTDESK_…_SERVICE_HOST for each Service, and unknown FRONTDESK_ variables are refused.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add .root.Values.preStopSeconds .root.Values.drainSeconds 10 }}
  securityContext:
    {{- include "frontdesk.podSecurity" . | nindent 4 }}
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  {{- with .values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- $selector := include "frontdesk.componentSelector" . }}
    {{- $when := .root.Values.topologySpread.whenUnsatisfiable }}
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $when }}
      labelSelector:
        matchLabels:
          {{- $selector | nindent 10 }}
    {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "frontdesk.image" .root | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      env:
        {{- include "frontdesk.env" (dict "root" .root "which" .which "extra" .values.extraEnv) | nindent 8 }}
        {{- if .spool }}
        - {name: FRONTDESK_SPOOL_DIR, value: /var/lib/frontdesk/spool}
        - {name: FRONTDESK_SPOOL_MAX_BYTES, value: {{ .values.spool.maxBytes | int64 | quote }}}
        {{- end }}
      ports:
        - {name: http, containerPort: 8080, protocol: TCP}
        - {name: metrics, containerPort: 9090, protocol: TCP}
      startupProbe:
        httpGet: {path: /startupz, port: http}
        periodSeconds: 2
        timeoutSeconds: 3
        failureThreshold: 90
      livenessProbe:
        httpGet: {path: /livez, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      # The checks behind it have 2 s each, side by side.
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        timeoutSeconds: 4
        failureThreshold: 2
      # SIGTERM races the removal from the endpoints: wait until no more requests come, without a shell.
      lifecycle:
        preStop:
          sleep: {seconds: {{ .root.Values.preStopSeconds }}}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      securityContext:
        {{- include "frontdesk.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: blobs, mountPath: /var/lib/frontdesk/blobs}
        {{- if .spool }}
        - {name: spool, mountPath: /var/lib/frontdesk/spool}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
    - name: blobs
      persistentVolumeClaim:
        claimName: {{ include "frontdesk.blobClaim" .root }}
{{- end -}}
