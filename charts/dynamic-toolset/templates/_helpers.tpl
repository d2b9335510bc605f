{{/* What the names of all objects begin with. */}}
{{- define "dynamic-toolset.name" -}}
{{ .Values.fullnameOverride | default "dynamic-toolset" }}
{{- end }}

{{/* Labels that Helm and people look for, beside those of the kustomization. */}}
{{- define "dynamic-toolset.release" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The same with labels of the user's, which win. Takes the root and those. */}}
{{- define "dynamic-toolset.labelsWith" -}}
{{- mergeOverwrite (include "dynamic-toolset.release" (first .) | fromYaml) (last . | default dict) | toYaml }}
{{- end }}

{{- define "dynamic-toolset.serveLabels" -}}
app.kubernetes.io/name: dynamic-toolset-serve
app.kubernetes.io/part-of: dynamic-toolset
{{ include "dynamic-toolset.release" . }}
{{- end }}

{{- define "dynamic-toolset.rbacLabels" -}}
app.kubernetes.io/name: dynamic-toolset
app.kubernetes.io/component: rbac
{{ include "dynamic-toolset.release" . }}
{{- end }}

{{/* The one place that makes the image's name. */}}
{{- define "dynamic-toolset.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{- define "dynamic-toolset.serveSubject" -}}
{ kind: ServiceAccount, name: {{ include "dynamic-toolset.name" . }}-serve, namespace: {{ .Release.Namespace | quote }} }
{{- end }}

{{- define "dynamic-toolset.repoServerSubject" -}}
{ kind: ServiceAccount, name: {{ .Values.argocd.repoServerServiceAccount | quote }}, namespace: {{ .Values.argocd.namespace | quote }} }
{{- end }}

{{/*
A Role or ClusterRole and its binding, from a dict:
  root, name, labels (name of the helper), namespace (left out: cluster-wide), rules (YAML), subject (name of a helper,
  or several)
*/}}
{{- define "dynamic-toolset.grant" -}}
{{- if and (hasKey . "namespace") (not .namespace) }}
{{- fail (printf "%s has no namespace, and would be granted in all of them: set argocd.namespace and targets" .name) }}
{{- end }}
{{- $kind := ternary "Role" "ClusterRole" (ne (.namespace | default "") "") }}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ .name | quote }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels: {{- include .labels .root | nindent 4 }}
rules: {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ .name | quote }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels: {{- include .labels .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ .name | quote }}
subjects:
  {{- range .subjects }}
  - {{ include . $.root }}
  {{- end }}
{{- end }}

{{/* Namespaces with Applications, Argo CD's own in front, with commas between them and each once. */}}
{{- define "dynamic-toolset.applicationNamespaces" -}}
{{- prepend (.Values.argocd.applicationNamespaces | default list) .Values.argocd.namespace | uniq | join "," }}
{{- end }}

{{/* Namespaces with commas between them, each once. */}}
{{- define "dynamic-toolset.targetNamespaces" -}}
{{- $names := list }}
{{- range .Values.targets }}{{ $names = append $names .namespace }}{{ end }}
{{- $names | uniq | join "," }}
{{- end }}

{{- define "dynamic-toolset.policy" -}}
apiVersion: toolset.kubernaut.ai/v1alpha1
kind: DiscoveryPolicy
spec:
  projects: {{- .Values.policy.projects | toYaml | nindent 4 }}
{{- end }}

{{/* plugin.yaml with the policy, and with the kubeconfigs and Argo CD's Secrets of other clusters. */}}
{{- define "dynamic-toolset.pluginYaml" -}}
{{- $flags := ternary ", --clusters, /etc/clusters" "" (not (empty ((.Values.clusters).kubeconfigSecret))) }}
{{- range ((.Values.clusters).secrets) }}{{ $flags = printf "%s, --cluster-secret, %s" $flags (toJson .) }}{{ end }}
{{- .Files.Get "files/plugin-with-policy.yaml" | replace "/policy.yaml]" (printf "/policy.yaml%s]" $flags) }}
{{- end }}

{{/* serve's flags, as JSON: text of people is quoted. */}}
{{- define "dynamic-toolset.serveArgs" -}}
{{- $args := list "--listen=:8080" "--lease=$(POD_NAMESPACE)/$(POD_SERVICE_ACCOUNT)" }}
{{- $args = append $args (printf "--configmap-namespaces=%s" (include "dynamic-toolset.targetNamespaces" .)) }}
{{- with .Values.discovery.namespaces }}{{ $args = append $args (printf "--namespaces=%s" (join "," .)) }}{{ end }}
{{- $applications := include "dynamic-toolset.applicationNamespaces" . }}
{{- if ne $applications "argocd" }}{{ $args = append $args (printf "--application-namespaces=%s" $applications) }}{{ end }}
{{- with .Values.argocd.namespace }}
{{- if and (contains "," $applications) (ne . "argocd") }}{{ $args = append $args (printf "--argocd-namespace=%s" .) }}{{ end }}
{{- end }}
{{- with .Values.serve }}
{{- if eq .ask "api" }}
{{- $args = append $args (printf "--argocd-server=%s" .argocdApi.server) }}
{{- $args = concat $args (list "--argocd-token-file=/etc/argocd-account/token" "--argocd-ca-file=/etc/argocd-account/ca.crt") }}
{{- end }}
{{- if ne .metricsAccess "token" }}{{ $args = append $args (printf "--metrics-access=%s" .metricsAccess) }}{{ end }}
{{- if $.Values.policy.projects }}{{ $args = append $args "--policy=/etc/dynamic-toolset/policy.yaml" }}{{ end }}
{{- if .tlsSecret }}
{{- $args = concat $args (list "--tls-cert-file=/etc/serve-tls/tls.crt" "--tls-key-file=/etc/serve-tls/tls.key") }}
{{- end }}
{{- if .extensionSecret }}{{ $args = append $args "--argocd-extension-secret-file=/etc/argocd-extension/secret" }}{{ end }}
{{- if (($.Values.clusters).kubeconfigSecret) }}{{ $args = append $args "--clusters=/etc/clusters" }}{{ end }}
{{- range (($.Values.clusters).secrets) }}{{ $args = append $args (printf "--cluster-secret=%s" .) }}{{ end }}
{{- $args = concat $args (.extraArgs | default list) }}
{{- end }}
{{- range $args }}
- {{ toJson . }}
{{- end }}
{{- end }}

{{/* Rules of a role, as the kustomizations have them: files/rules.yaml is made from these. Takes the root and a name. */}}
{{- define "dynamic-toolset.rules" -}}
{{- get ((first .).Files.Get "files/rules.yaml" | fromYaml) (last .) | toYaml }}
{{- end }}
