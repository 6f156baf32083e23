{{/* Names leave room for "-gateway-<channel>" and for a StatefulSet's ordinal and hash within 63 characters. */}}
{{- define "frontdesk.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 30 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "frontdesk.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "frontdesk.labels" -}}
{{ include "frontdesk.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: frontdesk
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels of one workload: dict "root" $ "component" "gateway" "channel" "email" (channel may be empty). */}}
{{- define "frontdesk.componentSelector" -}}
{{ include "frontdesk.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- with .channel }}
frontdesk.io/channel: {{ . }}
{{- end }}
{{- end -}}

{{- define "frontdesk.componentLabels" -}}
{{ include "frontdesk.labels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- with .channel }}
frontdesk.io/channel: {{ . }}
{{- end }}
{{- end -}}

{{- define "frontdesk.image" -}}
{{- $image := .Values.image -}}
{{- $repository := $image.repository -}}
{{- with $image.registry }}{{ $repository = printf "%s/%s" (trimSuffix "/" .) $repository }}{{ end -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $repository $image.digest }}
{{- else -}}
{{ printf "%s:%s" $repository (default .Chart.AppVersion $image.tag) }}
{{- end -}}
{{- end -}}

{{- define "frontdesk.blobClaim" -}}
{{- default (printf "%s-blobs" (include "frontdesk.fullname" .)) .Values.blobs.existingClaim -}}
{{- end -}}

{{/* The channels that run, as JSON: name to its values over the gateway's own. Null takes one away, as everywhere in Helm. */}}
{{- define "frontdesk.channels" -}}
{{- $found := dict -}}
{{- range $name, $own := .Values.gateway.channels -}}
{{- $merged := mergeOverwrite (omit (deepCopy $.Values.gateway) "channels") (deepCopy (default dict $own)) -}}
{{- $removed := kindIs "invalid" $own -}}
{{- if and (not $removed) (or (not (hasKey $merged "enabled")) $merged.enabled) -}}
{{- $_ := set $found $name $merged -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "frontdesk.gatewayName" -}}
{{ include "frontdesk.fullname" .root }}-gateway-{{ .channel | replace "_" "-" | trunc 20 | trimSuffix "-" }}
{{- end -}}

{{/* DATABASE URL by reference: dict "root" $ "which" "router". */}}
{{- define "frontdesk.databaseRef" -}}
{{- $own := get .root.Values.database .which -}}
{{- if $own.existingSecret -}}
{name: {{ $own.existingSecret | quote }}, key: {{ $own.key | quote }}}
{{- else -}}
{name: {{ required "database.existingSecret: the name of a Secret with a postgresql:// URL" .root.Values.database.existingSecret | quote }}, key: {{ .root.Values.database.key | quote }}}
{{- end -}}
{{- end -}}
