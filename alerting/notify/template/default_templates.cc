// What a message says when its receiver says nothing else: what happened, since when, the value, the labels,
// the further annotations, and links. Each piece has the name under which Alertmanager's users override it.
#include "alerting/notify/template/templates.h"

namespace tocsin::notify {
namespace {

constexpr std::string_view kSlack = R"tmpl(
{{- define "slack.default.username" }}Tocsin{{ end -}}
{{- define "slack.default.iconemoji" }}{{ end -}}
{{- define "slack.default.iconurl" }}{{ end -}}
{{- define "slack.default.pretext" }}{{ end -}}
{{- define "slack.default.callbackid" }}{{ end -}}
{{- define "slack.default.footer" }}Tocsin{{ with .ExternalURL }} at {{ slackEscape . }}{{ end }}{{ end -}}
{{- define "slack.default.titlelink" }}{{ .ExternalURL }}{{ end -}}

{{- define "slack.default.color" -}}
  {{- if eq .Status "resolved" }}good
  {{- else if eq .CommonLabels.severity "info" }}#439FE0
  {{- else if eq .CommonLabels.severity "warning" }}warning
  {{- else }}danger
  {{- end -}}
{{- end -}}

{{- define "slack.default.title" -}}
  [{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{ with .CommonLabels.alertname -}}
    {{ slackEscape . }}
  {{- else -}}
    {{ join " " .GroupLabels.SortedPairs.Values | slackEscape }}
  {{- end }}
  {{- with .CommonAnnotations.summary }}: {{ slackEscape . }}{{ end }}
{{- end -}}

{{- define "slack.default.fallback" }}{{ template "slack.default.title" . }}{{ end -}}

{{- define "slack.default.text" -}}
  {{- range $index, $alert := .Alerts }}{{ if lt $index 10 }}
    {{- if $index }}{{ "\n\n" }}{{ end }}{{ template "slack.tocsin.alert" $alert }}
  {{- end }}{{ end }}
  {{- if gt (len .Alerts) 10 }}{{ "\n\n" }}_{{ len .Alerts }} alerts in all; the first 10 are shown_{{ end }}
{{- end -}}

{{- define "slack.tocsin.alert" -}}
  {{- if eq .Status "firing" }}:red_circle: *FIRING*{{ else }}:large_green_circle: *RESOLVED*{{ end }} *
  {{- with .Annotations.summary }}{{ slackEscape . }}{{ else }}{{ slackEscape .Labels.alertname }}{{ end }}*
  {{- with .Annotations.description }}{{ "\n" }}{{ slackEscape . }}{{ end }}
  {{- "\n" }}*Since:* {{ date "2006-01-02 15:04:05" .StartsAt }} UTC
  {{- if eq .Status "resolved" }} · *Lasted:* {{ humanizeDuration (.EndsAt.Sub .StartsAt) }}{{ end }}
  {{- with .Value }} · *Value:* {{ . }}{{ end }}
  {{- "\n" }}*Labels:*{{ range .Labels.SortedPairs }} `{{ slackEscape .Name }}={{ slackEscape .Value }}`{{ end }}
  {{- range (.Annotations.Remove (stringSlice "summary" "description" "runbook_url" "dashboard_url" "evidence" "log_lines")).SortedPairs }}
    {{- "\n" }}*{{ slackEscape .Name }}:* {{ slackEscape .Value }}
  {{- end }}
  {{- if eq .Status "firing" }}{{ with .Annotations.log_lines }}{{ "\n" }}```{{ reReplaceAll "`" "'" . | slackEscape }}```{{ end }}{{ end }}
  {{- with .Annotations.runbook_url }}{{ "\n" }}{{ template "slack.tocsin.link" (stringSlice "Runbook" .) }}{{ end }}
  {{- with .Annotations.dashboard_url }}{{ "\n" }}{{ template "slack.tocsin.link" (stringSlice "Dashboard" .) }}{{ end }}
  {{- with .GeneratorURL }}{{ "\n" }}{{ template "slack.tocsin.link" (stringSlice "Graph" .) }}{{ end }}
  {{- if eq .Status "firing" }}{{ with .SilenceURL }}{{ "\n" }}{{ template "slack.tocsin.link" (stringSlice "Silence" .) }}{{ end }}{{ end }}
{{- end -}}

{{- define "slack.tocsin.link" -}}
  {{- $name := index . 0 }}{{ $target := index . 1 -}}
  {{- if match "^https?://[^|[:space:]]+$" $target }}<{{ slackEscape $target }}|{{ $name }}>
  {{- else }}*{{ $name }}:* {{ slackEscape $target }}
  {{- end -}}
{{- end -}}
)tmpl";

constexpr std::string_view kEmailText = R"tmpl(
{{- define "email.default.subject" -}}
  [{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{ with .CommonLabels.alertname -}}
    {{ . }}
  {{- else -}}
    {{ join " " .GroupLabels.SortedPairs.Values }}
  {{- end }}
  {{- with .CommonAnnotations.summary }}: {{ . }}{{ end }}
{{- end -}}

{{- define "email.default.text" -}}
  {{- range $index, $alert := .Alerts }}
    {{- if $index }}{{ "\n" }}{{ end }}{{ template "email.tocsin.text" $alert }}
  {{- end }}
  {{- with .ExternalURL }}{{ "\n-- \n" }}Sent by Tocsin, {{ . }}{{ "\n" }}{{ end }}
{{- end -}}

{{- define "email.tocsin.text" -}}
  {{- toUpper .Status }}: {{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}{{ "\n" }}
  {{- with .Annotations.description }}{{ "\n" }}{{ . }}{{ "\n" }}{{ end }}
  {{- "\n" }}Since: {{ date "2006-01-02 15:04:05" .StartsAt }} UTC{{ "\n" }}
  {{- if eq .Status "resolved" }}Until: {{ date "2006-01-02 15:04:05" .EndsAt }} UTC (lasted {{ humanizeDuration (.EndsAt.Sub .StartsAt) }}){{ "\n" }}{{ end }}
  {{- with .Value }}Value: {{ . }}{{ "\n" }}{{ end }}
  {{- "\n" }}Labels:{{ "\n" }}
  {{- range .Labels.SortedPairs }}  {{ .Name }} = {{ .Value }}{{ "\n" }}{{ end }}
  {{- with (.Annotations.Remove (stringSlice "summary" "description" "evidence" "log_lines")).SortedPairs }}{{ "\n" }}Annotations:{{ "\n" }}
    {{- range . }}  {{ .Name }} = {{ .Value }}{{ "\n" }}{{ end }}
  {{- end }}
  {{- if eq .Status "firing" }}{{ with .Annotations.log_lines }}{{ "\n" }}Log lines:{{ "\n" }}  {{ reReplaceAll "\n" "\n  " . }}{{ "\n" }}{{ end }}{{ end }}
  {{- if or .GeneratorURL (and (eq .Status "firing") .SilenceURL) }}{{ "\n" }}{{ end }}
  {{- with .GeneratorURL }}Graph: {{ . }}{{ "\n" }}{{ end }}
  {{- if eq .Status "firing" }}{{ with .SilenceURL }}Silence: {{ . }}{{ "\n" }}{{ end }}{{ end }}
{{- end -}}
)tmpl";

// Tables and inline styles are what mail programs render; the style sheet adds dark mode and small screens
// where it is read.
constexpr std::string_view kEmailHtml = R"tmpl(
{{- define "email.default.html" -}}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{ template "email.default.subject" . }}</title>
<style>
:root { color-scheme: light dark; }
a { color: #1565c0; }
@media (prefers-color-scheme: dark) {
  .page { background: #16181d !important; }
  .card { background: #22262e !important; color: #e6e8ec !important; }
  .name, .foot { color: #9aa3b2 !important; }
  .firing { color: #ff8a80 !important; }
  .resolved { color: #81c784 !important; }
  .line { border-color: #39404c !important; }
  .lines { background: #16181d !important; color: #c7cdd8 !important; }
  a { color: #7fb4ff !important; }
}
@media (max-width: 480px) { .pad { padding-left: 14px !important; padding-right: 14px !important; } }
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7;">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7;">
<tr><td align="center" style="padding:16px 8px;">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;color:#1b1f27;border-radius:8px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5;">
<tr>
{{ if eq .Status "firing" -}}
<td class="pad" bgcolor="#c62828" style="background:#c62828;color:#ffffff;padding:16px 24px;border-radius:8px 8px 0 0;font-size:18px;font-weight:600;">
{{- else -}}
<td class="pad" bgcolor="#2e7d32" style="background:#2e7d32;color:#ffffff;padding:16px 24px;border-radius:8px 8px 0 0;font-size:18px;font-weight:600;">
{{- end }}
{{ toUpper .Status }}: {{ with .CommonLabels.alertname }}{{ . }}{{ else }}{{ join " " .GroupLabels.SortedPairs.Values }}{{ end }}
<div style="font-size:14px;font-weight:400;">{{ len .Alerts.Firing }} firing, {{ len .Alerts.Resolved }} resolved</div>
</td>
</tr>
{{ range .Alerts }}{{ template "email.tocsin.html" . }}{{ end -}}
<tr><td class="pad foot" style="padding:14px 24px;color:#667085;font-size:12px;">Sent by Tocsin{{ with .ExternalURL }}, <a href="{{ . }}">{{ . }}</a>{{ end }}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
{{ end -}}

{{- define "email.tocsin.html" -}}
<tr><td class="pad line" style="padding:18px 24px;border-bottom:1px solid #e4e7ec;">
{{ if eq .Status "firing" -}}
<div class="firing" style="color:#c62828;font-weight:600;font-size:12px;letter-spacing:.06em;">FIRING</div>
{{- else -}}
<div class="resolved" style="color:#2e7d32;font-weight:600;font-size:12px;letter-spacing:.06em;">RESOLVED</div>
{{- end }}
<div style="font-size:17px;font-weight:600;">{{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}</div>
{{ with .Annotations.description }}<div style="margin-top:6px;white-space:pre-line;">{{ . }}</div>{{ end }}
<table role="presentation" cellpadding="0" cellspacing="0" style="margin-top:10px;font-size:14px;">
<tr><td class="name" style="color:#667085;padding:1px 14px 1px 0;vertical-align:top;">Since</td><td>{{ date "2006-01-02 15:04:05" .StartsAt }} UTC</td></tr>
{{- if eq .Status "resolved" }}
<tr><td class="name" style="color:#667085;padding:1px 14px 1px 0;vertical-align:top;">Lasted</td><td>{{ humanizeDuration (.EndsAt.Sub .StartsAt) }}</td></tr>
{{- end }}
{{- with .Value }}
<tr><td class="name" style="color:#667085;padding:1px 14px 1px 0;vertical-align:top;">Value</td><td><b>{{ . }}</b></td></tr>
{{- end }}
{{- range (.Annotations.Remove (stringSlice "summary" "description" "runbook_url" "dashboard_url" "evidence" "log_lines")).SortedPairs }}
<tr><td class="name" style="color:#667085;padding:1px 14px 1px 0;vertical-align:top;">{{ .Name }}</td><td style="word-break:break-word;white-space:pre-line;">{{ .Value }}</td></tr>
{{- end }}
{{- range (.Labels.Remove (stringSlice "alertname")).SortedPairs }}
<tr><td class="name" style="color:#667085;padding:1px 14px 1px 0;vertical-align:top;">{{ .Name }}</td><td style="word-break:break-word;">{{ .Value }}</td></tr>
{{- end }}
</table>
{{- if eq .Status "firing" }}{{ with .Annotations.log_lines }}
<div class="lines" style="margin-top:12px;padding:10px 12px;background:#f2f4f7;border-radius:6px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12px;line-height:1.5;white-space:pre-wrap;word-break:break-word;">{{ . }}</div>
{{- end }}{{ end }}
<div style="margin-top:10px;">
{{- with .Annotations.runbook_url }}{{ template "email.tocsin.link" (stringSlice "Runbook" .) }}{{ end }}
{{- with .Annotations.dashboard_url }}{{ template "email.tocsin.link" (stringSlice "Dashboard" .) }}{{ end }}
{{- with .GeneratorURL }}{{ template "email.tocsin.link" (stringSlice "Graph" .) }}{{ end }}
{{- if eq .Status "firing" }}{{ with .SilenceURL }}{{ template "email.tocsin.link" (stringSlice "Silence" .) }}{{ end }}{{ end }}
</div>
</td></tr>
{{ end -}}

{{- define "email.tocsin.link" -}}
  {{- $name := index . 0 }}{{ $target := index . 1 }}
  {{- if match "^https?://" $target }}
<a href="{{ $target }}">{{ $name }}</a>&nbsp;&nbsp;
  {{- else }}
{{ $name }}: {{ $target }}&nbsp;&nbsp;
  {{- end -}}
{{- end -}}
)tmpl";

/// The other services get Alertmanager's words, to the letter: rules of theirs and scripts behind them go by
/// these. Names that begin with two underscores are those that users' templates call.
constexpr std::string_view kServices = R"tmpl(
{{- define "__alertmanager" }}Alertmanager{{ end -}}
{{- define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}{{ end -}}
{{- define "__description" }}{{ end -}}
{{- define "__subject" -}}
  [{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{ join " " .GroupLabels.SortedPairs.Values }} {{ if gt (len .CommonLabels) (len .GroupLabels) -}}
    ({{ join " " (.CommonLabels.Remove .GroupLabels.Names).Values }})
  {{- end }}
{{- end -}}

{{- define "__text_alert_list" -}}
  {{- range . }}Labels:{{ "\n" }}
    {{- range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}{{ "\n" }}{{ end }}Annotations:{{ "\n" }}
    {{- range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}{{ "\n" }}{{ end }}Source: {{ .GeneratorURL }}{{ "\n" }}
  {{- end }}
{{- end -}}

{{- define "__text_alert_list_markdown" -}}
  {{- range . }}{{ "\n" }}Labels:{{ "\n" }}
    {{- range .Labels.SortedPairs }}  - {{ .Name }} = {{ .Value }}{{ "\n" }}{{ end }}{{ "\n" }}Annotations:{{ "\n" }}
    {{- range .Annotations.SortedPairs }}  - {{ .Name }} = {{ .Value }}{{ "\n" }}{{ end }}{{ "\n" }}Source: {{ .GeneratorURL }}{{ "\n" }}
  {{- end }}
{{- end -}}

{{- define "tocsin.firing_and_resolved" -}}
  {{- "\n" }}{{ with .Alerts.Firing }}{{ "\n" }}Alerts Firing:{{ "\n" }}{{ template "__text_alert_list" . }}{{ "\n" }}{{ end }}
  {{- "\n" }}{{ with .Alerts.Resolved }}{{ "\n" }}Alerts Resolved:{{ "\n" }}{{ template "__text_alert_list" . }}{{ "\n" }}{{ end }}{{ "\n" }}
{{- end -}}

{{- define "discord.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "discord.default.message" }}{{ template "tocsin.firing_and_resolved" . }}{{ end -}}

{{- define "telegram.default.message" }}{{ template "tocsin.firing_and_resolved" . }}{{ end -}}

{{- define "pushover.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "pushover.default.url" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "pushover.default.message" -}}
  {{- join " " .CommonAnnotations.SortedPairs.Values }}{{ template "tocsin.firing_and_resolved" . }}
{{- end -}}

{{- define "msteamsv2.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "msteamsv2.default.text" -}}
  {{- "\n" }}{{ with .Alerts.Firing }}{{ "\n" }}# Alerts Firing:{{ "\n" }}{{ template "__text_alert_list_markdown" . }}{{ "\n\n" }}{{ end }}
  {{- "\n" }}{{ with .Alerts.Resolved }}{{ "\n" }}# Alerts Resolved:{{ "\n" }}{{ template "__text_alert_list_markdown" . }}{{ "\n\n" }}{{ end }}{{ "\n" }}
{{- end -}}

{{- define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end -}}
{{- define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end -}}

{{- define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end -}}
{{- define "opsgenie.default.source" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "opsgenie.default.description" -}}
  {{- join " " .CommonAnnotations.SortedPairs.Values }}
  {{- "\n" }}{{ with .Alerts.Firing }}Alerts Firing:{{ "\n" }}{{ template "__text_alert_list" . }}{{ end }}
  {{- "\n" }}{{ with .Alerts.Resolved }}Alerts Resolved:{{ "\n" }}{{ template "__text_alert_list" . }}{{ end }}
{{- end -}}
)tmpl";

}  // namespace

std::string_view DefaultTemplates() {
  static const std::string kAll =
      std::string(kSlack) + std::string(kEmailText) + std::string(kEmailHtml) + std::string(kServices);
  return kAll;
}

}  // namespace tocsin::notify
