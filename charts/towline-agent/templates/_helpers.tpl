{{- define "towline-agent.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 52 characters leave room for what is appended to it. */}}
{{- define "towline-agent.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains (include "towline-agent.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "towline-agent.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selectors are made of: it cannot change in the life of a release. */}}
{{- define "towline-agent.selector" -}}
app.kubernetes.io/name: {{ include "towline-agent.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object; what others give never replaces the chart's own. */}}
{{- define "towline-agent.labels" -}}
{{- $own := include "towline-agent.selector" . | fromYaml -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) -}}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/part-of" "towline" -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- toYaml (merge $own .Values.commonLabels) -}}
{{- end -}}

{{/*
Metadata of an object. Arguments: the root, its name, further labels, further annotations, and where
it is not in the release's namespace, its own, empty for what is in none. Written down for those who
apply what helm renders by other means.
*/}}
{{- define "towline-agent.metadata" -}}
{{- $root := index . 0 -}}
metadata:
  name: {{ index . 1 }}
  {{- with gt (len .) 4 | ternary (last .) $root.Release.Namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- toYaml (merge (include "towline-agent.labels" $root | fromYaml) (index . 2)) | nindent 4 }}
  {{- with merge (dict) (index . 3) $root.Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "towline-agent.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry -}}
{{- $name := printf "%s/%s" $registry .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $name .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "towline-agent.account" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "towline-agent.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "towline-agent.deployer" -}}towline-deployer{{- end -}}

{{/* The Secret of the join token; empty if there is none. */}}
{{- define "towline-agent.joinSecret" -}}
{{- if not .Values.join.tokenFile -}}
{{- if .Values.join.existingSecret -}}
{{- .Values.join.existingSecret -}}
{{- else if .Values.join.token -}}
{{- include "towline-agent.fullname" . }}-join
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "towline-agent.claim" -}}
{{- default (printf "%s-state" (include "towline-agent.fullname" .)) .Values.state.persistence.existingClaim -}}
{{- end -}}

{{/* The agent's properties: what the cluster's owner allows, and what else is set. */}}
{{- define "towline-agent.properties" -}}
{{- with .Values.guard.forbiddenNamespaces }}
towline.guard.forbidden-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.guard.forbiddenKinds }}
towline.guard.forbidden-kinds={{ join "," . }}
{{- end }}
towline.guard.allow-escalation={{ .Values.guard.allowEscalation }}
towline.guard.forbid-privileged={{ .Values.guard.forbidPrivileged }}
{{- if ne (toString .Values.guard.maxDeletions) "" }}
towline.guard.max-deletions={{ .Values.guard.maxDeletions }}
{{- end }}
{{- if eq .Values.rbac.profile "impersonate" }}
towline.apply.default-service-account={{ include "towline-agent.deployer" . }}
{{- end }}
{{- if eq .Values.rbac.profile "readonly" }}
towline.apply.read-only=true
{{- end }}
{{- range $key, $value := .Values.config }}
{{ $key }}={{ $value }}
{{- end }}
{{- end -}}

{{/* What the agent and its check are told: environment. */}}
{{- define "towline-agent.env" -}}
- name: TOWLINE_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: TOWLINE_STATE_DIR
  value: /var/lib/towline
- name: SMALLRYE_CONFIG_LOCATIONS
  value: /etc/towline/config/agent.properties
- name: QUARKUS_LOG_LEVEL
  value: {{ upper .Values.log.level }}
{{- if .Values.join.tokenFile }}
- name: TOWLINE_JOIN_TOKEN_FILE
  value: {{ .Values.join.tokenFile | quote }}
{{- else if include "towline-agent.joinSecret" . }}
- name: TOWLINE_JOIN_TOKEN_FILE
  value: /etc/towline/join/token
{{- end }}
{{- if .Values.proxy.existingSecret }}
- name: TOWLINE_STREAM_PROXY
  valueFrom: {secretKeyRef: {name: {{ .Values.proxy.existingSecret }}, key: {{ .Values.proxy.existingSecretKey }}}}
{{- else if .Values.proxy.url }}
- name: TOWLINE_STREAM_PROXY
  value: {{ .Values.proxy.url | quote }}
{{- end }}
{{- with .Values.cluster.name }}
- name: TOWLINE_CLUSTER_NAME
  value: {{ . | quote }}
{{- end }}
{{- with include "towline-agent.clusterLabels" . }}
- name: TOWLINE_CLUSTER_LABELS
  value: {{ . | quote }}
{{- end }}
{{- if include "towline-agent.exports" . }}
- name: TOWLINE_OFFLINE_DIR
  value: {{ trimSuffix "/" (printf "/var/lib/towline-exports/%s" .Values.offline.directory) }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* As KEY=VALUE,KEY=VALUE, by key. */}}
{{- define "towline-agent.clusterLabels" -}}
{{- $labels := list -}}
{{- range $key, $value := .Values.cluster.labels -}}
{{- $labels = append $labels (printf "%s=%s" $key $value) -}}
{{- end -}}
{{- join "," $labels -}}
{{- end -}}

{{/* The source of the volume that exports are carried to; empty if there is none. */}}
{{- define "towline-agent.exports" -}}
{{- if .Values.offline.volume -}}
{{- toYaml .Values.offline.volume -}}
{{- else if .Values.offline.existingClaim -}}
persistentVolumeClaim: {claimName: {{ .Values.offline.existingClaim }}, readOnly: true}
{{- end -}}
{{- end -}}

{{- define "towline-agent.mounts" -}}
- {name: config, mountPath: /etc/towline/config, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- if include "towline-agent.joinSecret" . }}
- {name: join, mountPath: /etc/towline/join, readOnly: true}
{{- end }}
{{- if include "towline-agent.exports" . }}
- {name: exports, mountPath: /var/lib/towline-exports, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "towline-agent.volumes" -}}
- name: config
  configMap: {name: {{ include "towline-agent.fullname" . }}}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- with include "towline-agent.joinSecret" . }}
- name: join
  secret:
    secretName: {{ . }}
    # Once the agent has joined nobody needs the token any more.
    optional: true
    items: [{key: {{ if $.Values.join.existingSecret }}{{ $.Values.join.existingSecretKey }}{{ else }}token{{ end }}, path: token}]
{{- end }}
{{- with include "towline-agent.exports" . }}
- name: exports
  {{- nindent 2 . }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What every pod of the chart is, beside its containers and volumes. */}}
{{- define "towline-agent.pod" -}}
serviceAccountName: {{ include "towline-agent.account" . }}
automountServiceAccountToken: true
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
