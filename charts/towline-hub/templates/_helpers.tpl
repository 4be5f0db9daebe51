{{- define "towline-hub.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 52 characters leave room for what is appended to it. */}}
{{- define "towline-hub.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains (include "towline-hub.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "towline-hub.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selectors are made of: it cannot change in the life of a release. */}}
{{- define "towline-hub.selector" -}}
app.kubernetes.io/name: {{ include "towline-hub.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object; what others give never replaces the chart's own. */}}
{{- define "towline-hub.labels" -}}
{{- $own := include "towline-hub.selector" . | fromYaml -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) -}}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/part-of" "towline" -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- toYaml (merge $own .Values.commonLabels) -}}
{{- end -}}

{{/* Metadata of an object. Arguments: the root, its name, further labels, further annotations. */}}
{{- define "towline-hub.metadata" -}}
{{- $root := index . 0 -}}
metadata:
  name: {{ index . 1 }}
  labels:
    {{- toYaml (merge (include "towline-hub.labels" $root | fromYaml) (index . 2)) | nindent 4 }}
  {{- with merge (dict) (index . 3) $root.Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "towline-hub.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry -}}
{{- $name := printf "%s/%s" $registry .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $name .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "towline-hub.account" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "towline-hub.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Where agents are told to go. */}}
{{- define "towline-hub.agentsAddress" -}}
{{- default (printf "%s-agents.%s.svc:%d" (include "towline-hub.fullname" .) .Release.Namespace (int .Values.agents.service.port)) .Values.agents.advertisedAddress -}}
{{- end -}}

{{- define "towline-hub.signer" -}}
{{- $prefix := index . 0 -}}
{{- $signer := index . 1 -}}
{{- $folder := index . 2 -}}
{{ $prefix }}.fingerprint={{ $signer.fingerprint }}
{{- with $signer.format }}
{{ $prefix }}.format={{ . }}
{{- end }}
{{- with $signer.keyFile }}
{{ $prefix }}.key-file={{ $folder }}/signers/{{ . }}
{{- end }}
{{- with $signer.notBefore }}
{{ $prefix }}.not-before={{ . }}
{{- end }}
{{- with $signer.notAfter }}
{{ $prefix }}.not-after={{ . }}
{{- end }}
{{- end -}}

{{- define "towline-hub.source" -}}
{{- $name := index . 0 -}}
{{- $source := index . 1 -}}
{{- $prefix := printf "towline.sources.%s" $name -}}
{{- $folder := printf "/etc/towline/sources/%s" $name -}}
{{ $prefix }}.url={{ $source.url }}
{{- range $property := list "branch" "tag" "commit" "path" "interval" "username" }}
{{- with get $source $property }}
{{ $prefix }}.{{ $property }}={{ . }}
{{- end }}
{{- end }}
{{- if hasKey $source "declaresClusters" }}
{{ $prefix }}.declares-clusters={{ $source.declaresClusters }}
{{- end }}
{{- if hasKey $source "allowRewrite" }}
{{ $prefix }}.allow-rewrite={{ $source.allowRewrite }}
{{- end }}
{{- range $key, $property := dict "passwordKey" "password-file" "sshKeyKey" "ssh-key-file" "knownHostsKey" "known-hosts-file" "caKey" "ca-file" }}
{{- with get $source $key }}
{{ $prefix }}.{{ $property }}={{ $folder }}/secret/{{ . }}
{{- end }}
{{- end }}
{{- if $source.webhookSecretKey }}
{{ $prefix }}.webhook-secret=${ {{- include "towline-hub.webhookVariable" $name -}} }
{{- end }}
{{- with $source.commits }}
{{- with .policy }}
{{ $prefix }}.commits.policy={{ . }}
{{- end }}
{{- with .trustedCommit }}
{{ $prefix }}.commits.trusted-commit={{ . }}
{{- end }}
{{- end }}
{{- range $signer, $key := $source.signers }}
{{ include "towline-hub.signer" (list (printf "%s.signers.%s" $prefix $signer) $key $folder) }}
{{- end }}
{{- end -}}

{{/* The variable that a webhook's secret comes in: a file of properties is no place for it. */}}
{{- define "towline-hub.webhookVariable" -}}
WEBHOOK_SECRET_{{ . | upper | replace "-" "_" }}
{{- end -}}

{{- define "towline-hub.properties" -}}
quarkus.http.host=0.0.0.0
{{- if .Values.tls.existingSecret }}
quarkus.tls.people.key-store.pem.0.cert=/etc/towline/tls/tls.crt
quarkus.tls.people.key-store.pem.0.key=/etc/towline/tls/tls.key
quarkus.tls.people.reload-period=1h
quarkus.http.tls-configuration-name=people
quarkus.http.ssl-port=8080
quarkus.http.insecure-requests=disabled
{{- else }}
# An ingress or a gateway with TLS stands before it.
towline.show.allow-insecure=true
{{- end }}
towline.agents.advertised-address={{ include "towline-hub.agentsAddress" . }}
{{- with .Values.agents.chart }}
towline.agents.chart={{ . }}
{{- end }}
towline.agents.heartbeat-interval={{ .Values.agents.heartbeatInterval }}
towline.agents.join-token-life={{ .Values.agents.joinTokenLife }}
towline.agents.certificate-life={{ .Values.agents.certificateLife }}
towline.render.scratch=/scratch/builds
{{- if .Values.adminToken.existingSecret }}
towline.show.admin-token-file=/etc/towline/admin/token
{{- end }}
{{- range $name, $source := .Values.sources }}
{{ include "towline-hub.source" (list $name $source) }}
{{- end }}
{{- range $key, $value := .Values.config }}
{{ $key }}={{ $value }}
{{- end }}
{{- end -}}

{{/* What every pod of the chart is, beside its containers and volumes. */}}
{{- define "towline-hub.pod" -}}
serviceAccountName: {{ include "towline-hub.account" . }}
# The hub calls no API server.
automountServiceAccountToken: false
enableServiceLinks: false
{{- with concat .Values.global.imagePullSecrets .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
